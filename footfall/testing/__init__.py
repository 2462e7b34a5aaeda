"""Footfall without a database, for the tests of those who embed it."""

from .log import InMemoryLog

__all__ = ["InMemoryLog"]
