"""Commits shared by threads: what is handed in while a commit is under way goes into the next one together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

from ..ports.errors import EngineClosed, ForkedInTransaction, StoreBusy, StoreFull, StoreRefused, StoreUnavailable
from ..running.forks import at_fork
from ..running.interruptions import held_back
from ..running.withdrawal import CallWithdrawn, withdrawal

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


class _Line(Generic[Item, Answer]):
    """The calls that wait, for their commit or to be woken after it. `release` and `wake_next` are for whoever holds
    the `guard`."""

    def __init__(self) -> None:
        self.guard = Lock()
        self.waiting: deque[_Call[Item, Answer]] = deque()
        self._answered: deque[_Call[Item, Answer]] = deque()
        self._group: list[_Call[Item, Answer]] = []
        self._under_way = False

    def lead_alone(self, call: _Call[Item, Answer]) -> bool:
        """Let a call lead at once where nobody else is here; tells whether it does. An interruption may come at any of
        these steps: `leave` undoes what is done by then. To hold it back takes longer than all of them."""
        with self.guard:
            if self._under_way:
                return False
            call.leads, self._group = True, [call]
            self._under_way = True
            return True

    def end_alone(self) -> bool:
        """The opposite: the one that led alone is done; tells whether nobody has come meanwhile. The same holds."""
        with self.guard:
            if self.waiting:
                return False
            self._under_way = False
            self._group = []
            return True

    def join(self, call: _Call[Item, Answer]) -> None:
        """Put a call at the end, which leads where nobody does."""
        with self.guard:
            self.waiting.append(call)
            call.leads, self._under_way = not self._under_way, True

    def leave(self, call: _Call[Item, Answer]) -> None:
        """Its thread was interrupted, most likely in its sleep: nobody may wait for it to commit, or to wake the
        next."""
        with self.guard:
            call.left = True
            if self._group and self._group[0] is call:
                self.release(self._group)
            elif call in self._answered:
                self._answered.remove(call)
            elif call in self.waiting:
                self.waiting.remove(call)
                if call.leads:
                    self.wake_next()
            elif call.done and not call.leads:
                self.wake_next()

    def withdraw(self, call: _Call[Item, Answer]) -> None:
        """Its caller has taken it back. Once its turn has come, or somebody commits for it, it is too late."""
        with self.guard:
            if call in self.waiting and not call.leads:
                self.waiting.remove(call)
                call.left = True
                call.bell.release()

    def gather(self, most: int) -> list[_Call[Item, Answer]]:
        """The first calls, of so many items together at most, or the first one alone."""
        with self.guard:
            group = self._group = [self.waiting.popleft()]
            size = len(group[0].items)
            while self.waiting and size + len(self.waiting[0].items) <= most:
                size += len(self.waiting[0].items)
                group.append(self.waiting.popleft())
            return group

    def release(self, group: list[_Call[Item, Answer]]) -> None:
        """A commit has ended. Where its leader was interrupted, another commits for those who have no answer yet."""
        self._group = []
        followers = [call for call in group[1:] if not call.left]
        self.waiting.extendleft(call for call in reversed(followers) if not call.done)
        self._answered.extend(call for call in followers if call.done)
        self.wake_next()

    def wake_next(self) -> None:
        """Wake one: each wakes the next."""
        if self._answered:
            self._answered.popleft().bell.release()
        elif self.waiting:
            self.waiting[0].leads = True
            self.waiting[0].bell.release()
        else:
            self._under_way = False

    def dissolve(self) -> None:
        """In a child there is nobody left but perhaps the thread that forked, asleep in a signal handler: those who
        would wake it are in the parent."""
        asleep = [*self._answered, *self._group[1:], *self.waiting]
        self.guard = Lock()
        self.waiting.clear()
        self._answered.clear()
        for call in asleep:
            if not call.done:
                call.error = ForkedInTransaction("the process was forked while this waited to be written: send it")
            if call.bell.locked():
                call.bell.release()


class GroupCommit(Generic[Item, Answer]):
    """Calls `commit` with what several threads hand in, and gives each its answers; one commit at a time.

    A thread that finds nothing under way commits at once, for itself. Those that come meanwhile sleep; then the first
    of them commits for all, up to `most` items, in the order in which they came. Each that is awake wakes the next, so
    that they do not all struggle for the interpreter; the last one wakes whoever is to commit next, and by then those
    before it are back with what they do next.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Sequence[Answer]], most: int) -> None:
        self._commit, self._most = commit, most
        self._line: _Line[Item, Answer] = _Line()
        at_fork(self._in_child)

    def __call__(self, items: Sequence[Item]) -> Sequence[Answer]:
        """The answers to `items`, one for one, after they are committed. Raises what `commit` raises, and, where they
        are not handed in, `CallWithdrawn`."""
        if (current := withdrawal()) is not None:
            current.check()
        line = self._line
        call: _Call[Item, Answer] = _Call(items)
        try:
            if line.lead_alone(call):
                self._lead(line, [call])
            else:
                self._share(line, call)
        except BaseException:
            with held_back():
                line.leave(call)
            raise
        if call.error is not None:
            raise call.error
        return call.answers or ()

    def _share(self, line: _Line[Item, Answer], call: _Call[Item, Answer]) -> None:
        with held_back():  # an interruption must not come between two steps that belong together
            line.join(call)
            group = line.gather(self._most) if call.leads else None
        if group is None:
            _sleep(line, call)
            group = self._woken(line, call)
        if group is not None:
            self._lead(line, group)

    def _in_child(self) -> None:
        line, self._line = self._line, _Line()
        line.dissolve()

    def _woken(self, line: _Line[Item, Answer], call: _Call[Item, Answer]) -> list[_Call[Item, Answer]] | None:
        with held_back():
            if call.leads and not call.done:
                return line.gather(self._most)
            with line.guard:
                line.wake_next()
            return None

    def _lead(self, line: _Line[Item, Answer], group: list[_Call[Item, Answer]]) -> None:
        current = withdrawal()
        if current is None:
            self._answer(group)
        else:
            with current.for_others():
                self._answer(group)
        if len(group) > 1 or not line.end_alone():
            with held_back(), line.guard:
                line.release(group)

    def _answer(self, group: Sequence[_Call[Item, Answer]]) -> None:
        try:
            self._commit_for(group)
        except (EngineClosed, StoreBusy, StoreFull, StoreRefused, StoreUnavailable) as error:
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

    def _commit_for(self, group: Sequence[_Call[Item, Answer]]) -> None:
        if len(group) == 1:
            group[0].answers = self._commit(group[0].items)
            return
        answers = iter(self._commit([item for call in group for item in call.items]))
        for call in group:
            call.answers = [next(answers) for _ in call.items]


def _sleep(line: _Line[Item, Answer], call: _Call[Item, Answer]) -> None:
    current = withdrawal()
    if current is None:
        call.bell.acquire()
        return
    with current.leaving_by(partial(line.withdraw, call)):
        call.bell.acquire()
    if call.left:
        raise CallWithdrawn("the call was taken back by its caller while it waited to be written")
