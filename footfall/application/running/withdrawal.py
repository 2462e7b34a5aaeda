"""Calls that their caller takes back: what only waits leaves its place, what is under way ends before its next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TypeVar

from ...domain.errors import FootfallError

_Answer = TypeVar("_Answer")


class CallWithdrawn(FootfallError):
    """The caller has taken the call back; what it had not begun is not done."""


class Withdrawal:
    """Stands for a call in the thread that carries it out; any other thread may `withdraw` it."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._withdrawn = self._for_others = False
        self._leave: Callable[[], object] | None = None

    def carry_out(self, work: Callable[[], _Answer]) -> _Answer:
        """Do the work of the call, in this thread and its context. Raises `CallWithdrawn`."""
        self.check()
        token = _current.set(self)
        try:
            return work()
        finally:
            _current.reset(token)

    def withdraw(self) -> None:
        """Take the call back: it begins no further transaction, and does not wait for its turn any more."""
        with self._guard:
            self._withdrawn, leave = True, self._leave
        if leave is not None:
            leave()

    def check(self) -> None:
        """Raises `CallWithdrawn`, unless what the thread does now is for others as well."""
        if self._withdrawn and not self._for_others:
            raise CallWithdrawn("the call was taken back by its caller")

    @contextmanager
    def leaving_by(self, leave: Callable[[], object]) -> Iterator[None]:
        """Wait for something in this block; a withdrawal calls `leave`, which ends the waiting. Raises
        `CallWithdrawn`."""
        with self._guard:
            self.check()
            self._leave = leave
        try:
            yield
        finally:
            with self._guard:
                self._leave = None

    @contextmanager
    def for_others(self) -> Iterator[None]:
        """Carry this block to its end, for others wait for it."""
        self._for_others = True
        try:
            yield
        finally:
            self._for_others = False


_current: ContextVar[Withdrawal | None] = ContextVar("footfall_withdrawal", default=None)

withdrawal: Callable[[], Withdrawal | None] = _current.get
"""That of the call which this thread carries out; None where nobody can take it back."""
