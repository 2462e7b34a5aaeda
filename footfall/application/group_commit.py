"""Commits shared by threads: what is handed in while a commit is under way goes into the next one together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from .ports import StoreBusy, StoreUnavailable

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_SHARED = (StoreBusy, StoreUnavailable)


class _Call(Generic[Item, Answer]):
    """What one thread hands in, and what became of it."""

    __slots__ = ("answers", "error", "items", "leads", "wake")

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.answers: Sequence[Answer] | None = None
        self.error: Exception | None = None
        self.leads = False
        # Held until the thread, which sleeps on it, has its answers or must lead: it is woken once.
        self.wake = Lock()
        self.wake.acquire()

    @property
    def done(self) -> bool:
        return self.answers is not None or self.error is not None


class GroupCommit(Generic[Item, Answer]):
    """Calls `commit` with what several threads hand in, and gives each its answers; at most one call at a time.

    Nobody waits for company: a thread that finds no commit under way makes one at once, in its own time. Those that
    come meanwhile sleep; then the first of them commits for all, up to `most` items, in the order in which they came.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Sequence[Answer]], most: int) -> None:
        self._commit, self._most = commit, most
        self._waiting: deque[_Call[Item, Answer]] = deque()
        self._guard = Lock()
        self._under_way = False

    def __call__(self, items: Sequence[Item]) -> Sequence[Answer]:
        """The answers to `items`, one for one, after they are committed. Raises what `commit` raises."""
        call = _Call[Item, Answer](items)
        with self._guard:
            self._waiting.append(call)
            call.leads, self._under_way = not self._under_way, True
        if not call.leads:
            self._sleep(call)
        if call.leads:
            self._lead()
        if call.error is not None:
            raise call.error
        return call.answers or ()

    def _sleep(self, call: _Call[Item, Answer]) -> None:
        try:
            call.wake.acquire()
        except BaseException:
            with self._guard:
                if call in self._waiting:
                    self._waiting.remove(call)
                    if call.leads:
                        self._appoint()
            raise

    def _lead(self) -> None:
        with self._guard:
            group = self._gather()
        try:
            self._answer(group)
        finally:
            followers = group[1:]
            with self._guard:
                # Where the leader was interrupted, another commits for its followers: by their ids it is found out
                # what is stored already.
                self._waiting.extendleft(call for call in reversed(followers) if not call.done)
                for call in followers:
                    if call.done:
                        call.wake.release()
                # Last, so that those who are awake already may join in.
                self._appoint()

    def _appoint(self) -> None:
        self._under_way = bool(self._waiting)
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].wake.release()

    def _gather(self) -> list[_Call[Item, Answer]]:
        group = [self._waiting.popleft()]
        size = len(group[0].items)
        while self._waiting and size + len(self._waiting[0].items) <= self._most:
            size += len(self._waiting[0].items)
            group.append(self._waiting.popleft())
        return group

    def _answer(self, group: Sequence[_Call[Item, Answer]]) -> None:
        try:
            answers = self._commit([item for call in group for item in call.items])
        except _SHARED as error:
            for call in group:
                call.error = type(error)(*error.args)  # raised in several threads, so each has one of its own
                call.error.__cause__ = error
        except Exception as error:
            if len(group) == 1:
                group[0].error = error
                return
            # One of them is to blame: each by itself then, so that it harms no other.
            for call in group:
                self._answer([call])
        else:
            taken = iter(answers)
            for call in group:
                call.answers = [next(taken) for _ in call.items]
