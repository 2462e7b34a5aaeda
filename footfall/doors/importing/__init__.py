"""Imports from files: where lines come from, and how several processes share them."""
