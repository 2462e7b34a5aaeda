"""Commits shared by threads: what is handed in while a commit is under way goes into the next one together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from ..ports.errors import StoreBusy, StoreFull, StoreRefused, StoreUnavailable

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class _Call(Generic[Item, Answer]):
    """What one thread hands in, and what became of it. The thread sleeps on `bell`, which is rung once at most."""

    __slots__ = ("answers", "bell", "error", "items", "leads", "left")

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.answers: Sequence[Answer] | None = None
        self.error: Exception | None = None
        self.leads = self.left = False
        self.bell = Lock()
        self.bell.acquire()

    @property
    def done(self) -> bool:
        return self.answers is not None or self.error is not None


class GroupCommit(Generic[Item, Answer]):
    """Calls `commit` with what several threads hand in, and gives each its answers; one commit at a time.

    A thread that finds nothing under way commits at once, for itself. Those that come meanwhile sleep; then the first
    of them commits for all, up to `most` items, in the order in which they came. Each that is awake wakes the next, so
    that they do not all struggle for the interpreter; the last one wakes whoever is to commit next, and by then those
    before it are back with what they do next.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Sequence[Answer]], most: int) -> None:
        self._commit, self._most = commit, most
        self._waiting: deque[_Call[Item, Answer]] = deque()
        self._answered: deque[_Call[Item, Answer]] = deque()
        self._under_way = False
        self._guard = Lock()

    def __call__(self, items: Sequence[Item]) -> Sequence[Answer]:
        """The answers to `items`, one for one, after they are committed. Raises what `commit` raises."""
        call: _Call[Item, Answer] = _Call(items)
        try:
            self._join(call)
            if not call.leads:
                call.bell.acquire()
            if call.leads:
                self._lead()
            else:
                with self._guard:
                    self._wake_next()
        except BaseException:
            self._leave(call)
            raise
        if call.error is not None:
            raise call.error
        return call.answers or ()

    def _join(self, call: _Call[Item, Answer]) -> None:
        with self._guard:
            self._waiting.append(call)
            call.leads, self._under_way = not self._under_way, True

    def _leave(self, call: _Call[Item, Answer]) -> None:
        # The thread was interrupted, most likely in its sleep: nobody may wait for it to commit, or to wake the next.
        with self._guard:
            call.left = True
            if call in self._answered:
                self._answered.remove(call)
            elif call in self._waiting:
                self._waiting.remove(call)
                if call.leads:
                    self._wake_next()
            elif call.done and not call.leads:
                self._wake_next()

    def _lead(self) -> None:
        group = self._gather()
        try:
            self._answer(group)
        finally:
            with self._guard:
                followers = [call for call in group[1:] if not call.left]
                # Where the leader was interrupted, another commits for those who have no answer yet. What is stored
                # already is then found to be.
                self._waiting.extendleft(call for call in reversed(followers) if not call.done)
                self._answered.extend(call for call in followers if call.done)
                self._wake_next()

    def _wake_next(self) -> None:
        if self._answered:
            self._answered.popleft().bell.release()
        elif self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].bell.release()
        else:
            self._under_way = False

    def _gather(self) -> list[_Call[Item, Answer]]:
        with self._guard:
            group = [self._waiting.popleft()]
            size = len(group[0].items)
            while self._waiting and size + len(self._waiting[0].items) <= self._most:
                size += len(self._waiting[0].items)
                group.append(self._waiting.popleft())
            return group

    def _answer(self, group: Sequence[_Call[Item, Answer]]) -> None:
        try:
            answers = iter(self._commit([item for call in group for item in call.items]))
        except (StoreBusy, StoreFull, StoreRefused, StoreUnavailable) as error:
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
            for call in group:
                call.answers = [next(answers) for _ in call.items]
