"""Long work: whoever watches it is told how far it is, and may ask it to leave off."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int], None]
"""Told how many more rows of the log a long work has taken."""


def silent(_taken: int) -> None:
    """Progress that nobody watches."""


Stopping = Callable[[], bool]
"""Asked between steps of a long work whether to leave the rest for later."""


def never() -> bool:
    """Work that is carried to its end."""
    return False
