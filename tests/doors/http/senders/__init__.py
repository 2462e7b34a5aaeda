"""Tests of who is let in: keys, and tokens made by real cryptography."""
