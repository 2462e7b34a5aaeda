"""Forks of the process: whatever holds a lock, a connection or a thread is told, and makes itself anew in the child.

A child inherits the memory of its parent as it stood, and only the one thread that forked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, RLock, get_ident
from types import MethodType
from typing import Any, NamedTuple
from weakref import WeakMethod

from .loggers import FORKS

Hook = Callable[[], None]
_Found = Callable[[], Hook | None]


class _Hooks(NamedTuple):
    before: _Found
    in_parent: _Found
    in_child: _Found


_registered: dict[int, _Hooks] = {}
_prepared: dict[int, list[_Hooks]] = {}
"""What was told before the fork, by the thread that forks."""
_numbers = count()
_one_at_a_time = RLock()


def at_fork(in_child: Hook, *, before: Hook | None = None, in_parent: Hook | None = None) -> None:
    """Call `in_child` in each child that is forked from now on, `before` and `in_parent` around the fork in this
    process. A bound method keeps nobody alive: when its owner is gone, so is the hook."""
    number = next(_numbers)
    _registered[number] = _Hooks(
        _found(before), _found(in_parent), _found(in_child, lambda _: _registered.pop(number, None))
    )


@contextmanager
def none_meanwhile() -> Iterator[None]:
    """Let nobody fork the process for moments in which a child would inherit something half closed."""
    with _one_at_a_time:
        yield


def made_anew(event: Event) -> Event:
    """The same for a child: of the one that is inherited, another thread may hold the lock."""
    other = Event()
    if event.is_set():
        other.set()
    return other


def _found(hook: Hook | None, gone: Callable[[Any], object] | None = None) -> _Found:
    return WeakMethod(hook, gone) if isinstance(hook, MethodType) else lambda: hook


def _before() -> None:
    # Until the fork is over: of two threads that fork, one would fork in the middle of what the other prepares.
    _one_at_a_time.acquire()
    hooks = _prepared[get_ident()] = list(_registered.copy().values())
    _call([one.before for one in hooks])


def _in_parent() -> None:
    # Not those that came meanwhile, in another thread.
    _call([one.in_parent for one in _prepared.pop(get_ident(), ())])
    _one_at_a_time.release()


def _in_child() -> None:
    global _one_at_a_time
    _one_at_a_time = RLock()
    _prepared.clear()
    _call([hooks.in_child for hooks in _registered.copy().values()])


def _call(found: list[_Found]) -> None:
    for find in found:
        hook = find()
        if hook is not None:
            try:
                hook()
            except Exception as error:  # the others must hear of the fork all the same
                FORKS.error("a fork was not prepared for, or not cleared up after", exc_info=error)


if hasattr(os, "register_at_fork"):  # where there is no fork, nobody needs to hear of one
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
