"""The made-up events that all benchmarks take in."""
