"""Footfall in memory, for the tests of those who embed it: `footfall.testing.open()` is the way in."""

from .clock import ManualClock
from .engine import InMemoryEngine, open  # noqa: A004  # it is read as footfall.testing.open
from .log import InMemoryLog

__all__ = ["InMemoryEngine", "InMemoryLog", "ManualClock", "open"]
