"""Signals that interrupt a program, held back for as long as something must not be left half done."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread


@contextmanager
def held_back() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait until this is over, which takes moments: what they do, such as raise
    `KeyboardInterrupt`, they do then. Python does it in the main thread, so that others have nothing to hold back.

    Imports are held back, too: some libraries cannot be loaded once more in a process that has half loaded them."""
    if current_thread() is not main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, lambda number, _: came.append(number))
        yield
    finally:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)
        for late in came:
            signal.raise_signal(late)
