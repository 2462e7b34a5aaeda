"""Tests of the formats that lines are read from."""
