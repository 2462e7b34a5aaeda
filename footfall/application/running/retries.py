"""How a transaction is carried out: again where another writer was first, and without Python's cycle collector."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from random import uniform
from threading import get_ident
from time import monotonic, sleep
from typing import Any, TypeVar

from ..ports.errors import DO_IT_AGAIN, AppendConflict, CatalogueChanged, StoreBusy, StoreUnavailable
from .forks import at_fork
from .loggers import STORE

_T = TypeVar("_T")

ATTEMPTS = 12
"""Stop retrying after this many attempts: with the waits between them, about two seconds."""
SECONDS = 5.0
"""Stop retrying a store that cannot be reached after this many seconds."""
ATTEMPTS_WITHIN = 4
"""Stop trying again within a host's transaction after this many attempts. They follow at once: what could change while
it waits, its transaction keeps from changing, or does not see."""
FIRST_WAIT, LONGEST_WAIT = 0.005, 0.5
"""Wait a random time of at most this many seconds before the second attempt, and twice that before each further one."""


def retried(call: Callable[..., _T], *arguments: Any) -> _T:
    """Call, and call again when another writer was first, when the catalogue moved, and when the connection broke and
    nobody knows whether the write went through: ids that are stored already are then found to be. Raises the last
    error."""
    began, attempt = monotonic(), 1
    while True:
        try:
            return call(*arguments)
        except (AppendConflict, CatalogueChanged, StoreUnavailable) as error:
            # Who was in another's way may have waited for locks all that time, and has not had its turn yet.
            out_of_reach = isinstance(error, StoreUnavailable) and monotonic() - began >= SECONDS
            if attempt >= ATTEMPTS or out_of_reach:
                raise
            STORE.debug("attempt %d failed and is made again: %s", attempt, error)
        sleep(uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))))  # noqa: S311  # no secret
        attempt += 1


def retried_within(call: Callable[..., _T], *arguments: Any) -> _T:
    """The same within a transaction that the host ends: an id that is stored already is found to be, and a catalogue
    that moved is read again. Raises `StoreBusy` where only the whole transaction, done again, could help."""
    for _ in range(ATTEMPTS_WITHIN - 1):
        with suppress(AppendConflict, CatalogueChanged):
            return call(*arguments)
    try:
        return call(*arguments)
    except (AppendConflict, CatalogueChanged) as error:
        raise StoreBusy(f"another writer was first: {error}; {DO_IT_AGAIN}") from error


class gc_paused:  # noqa: N801  # it reads as what it does: with gc_paused()
    """Keep the cycle collector from running for the milliseconds that a batch takes.

    A batch holds thousands of objects for a moment, none of them in a cycle; the collector would visit them, and now
    and then the whole heap of the host, over and over (a sixth of the time of an import). It is left as it was found.
    """

    __slots__ = ("_thread",)

    def __enter__(self) -> None:
        self._thread = get_ident() if gc.isenabled() else None
        if self._thread is None:
            return
        _pausing.add(self._thread)
        try:
            gc.disable()
        except BaseException:  # interrupted when it was done
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        if self._thread is not None:
            gc.enable()
            _pausing.discard(self._thread)


_pausing: set[int] = set()
"""The threads that keep it from running."""


def _go_on() -> None:
    # The thread that would let it run again is the parent's.
    if _pausing:
        gc.enable()
        _pausing.clear()


at_fork(_go_on)
