"""How a transaction is carried out: again where another writer was first, and without Python's cycle collector."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from ..ports.errors import AppendConflict, CatalogueChanged, StoreUnavailable

_T = TypeVar("_T")

ATTEMPTS = 12
"""With the waits between them, which grow, about two seconds."""
SECONDS = 5.0
"""Stop retrying a store that cannot be reached after this many seconds."""
_PASSING = (AppendConflict, CatalogueChanged, StoreUnavailable)


def retried(call: Callable[..., _T], *arguments: Any) -> _T:
    """Call, and call again when another writer was first, when the catalogue moved, and when the connection broke and
    nobody knows whether the write went through: ids that are stored already are then found to be.

    The first attempt goes without the machinery of the others, which would cost a tenth of a short read.
    """
    began = monotonic()
    try:
        return call(*arguments)
    except _PASSING as error:
        failed = [error]

    def attempt() -> _T:
        if failed:
            raise failed.pop()
        return call(*arguments)

    machinery = Retrying(
        retry=retry_if_exception_type(_PASSING),
        stop=partial(_given_up, began),
        wait=wait_random_exponential(multiplier=0.005, max=0.5),
        reraise=True,
    )
    return machinery(attempt)


def _given_up(began: float, state: RetryCallState) -> bool:
    # Who was in another's way may have waited for locks all that time, and has not had its turn yet.
    error = state.outcome.exception() if state.outcome else None
    out_of_reach = isinstance(error, StoreUnavailable)
    return state.attempt_number >= ATTEMPTS or (out_of_reach and monotonic() - began >= SECONDS)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Keep the cycle collector from running for the milliseconds that a batch takes.

    A batch holds thousands of objects for a moment, none of them in a cycle; the collector would visit them, and now
    and then the whole heap of the host, over and over (a sixth of the time of an import). It is left as it was found.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
