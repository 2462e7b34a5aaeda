"""Stores, servers, clocks and reports of the benchmarks."""
