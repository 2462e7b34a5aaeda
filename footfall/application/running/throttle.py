"""A throttle: something is done at once, and not again before some time has passed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Throttle:
    """Tells when it is time for something that is done at most once in a number of seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._last = seconds, float("-inf")

    def ready(self) -> bool:
        """Whether it is time; who is told so is taken to do it."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """The same for the time of a block. Where that ends with an error it was not done, and is due again at once."""
        before = self._last
        is_time = self.ready()
        try:
            yield is_time
        except BaseException:
            if is_time:
                self._last = before
            raise
