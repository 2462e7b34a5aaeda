"""Signals that interrupt a program, held back for as long as something must not be left half done."""

from __future__ import annotations

# Python's own `signal` makes an Enum of every number and handler. That took a sixth of what an event takes that comes
# by itself, for which this is done twice.
import _signal  # type: ignore[import-not-found]
from threading import current_thread, main_thread
from types import FrameType
from typing import Any

_INTERRUPTING = (_signal.SIGINT, _signal.SIGTERM)


def hear() -> None:
    """Have a signal heard of that came while something was waited for in C, where Python does not look: now, and not at
    the first step of what tidies up."""


class held_back:  # noqa: N801  # it reads as what it does: with held_back()
    """Let SIGINT and SIGTERM wait until this is over, which takes moments: what they do, such as raise
    `KeyboardInterrupt`, they do then. Python does it in the main thread, so that others have nothing to hold back.

    Imports are held back, too: some libraries cannot be loaded once more in a process that has half loaded them."""

    __slots__ = ("_before", "_came")

    def __init__(self) -> None:
        self._before: list[tuple[int, Any]] = []
        self._came: list[int] = []

    def __enter__(self) -> None:
        if current_thread() is not main_thread():
            return
        try:
            for number in _INTERRUPTING:
                if callable(handler := _signal.getsignal(number)):
                    self._before.append((number, handler))
                    _signal.signal(number, self._come)
        except BaseException:  # the one came before the other was held back
            self._give_back()
            raise

    def __exit__(self, *_: object) -> None:
        self._give_back()

    def _come(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(number)

    def _give_back(self) -> None:
        try:
            while self._before:
                _signal.signal(*self._before[-1])
                self._before.pop()
        finally:
            while self._before:  # what the first did when it came
                _signal.signal(*self._before.pop())
            while self._came:
                _signal.raise_signal(self._came.pop(0))
