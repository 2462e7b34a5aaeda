"""Reads of the log itself, and the documents that all reads answer with."""
