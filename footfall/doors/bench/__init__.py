"""Measuring on a database of the user's: what `footfall bench` and the repository's benchmarks share."""
