"""Tests of what `footfall bench` measures with."""
