"""Benchmarks: `python -m benchmarks` measures the engine beside its baselines, in the same run."""
