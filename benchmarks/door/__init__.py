"""Servers and clients of the benchmark `door`, each in a process of its own."""
