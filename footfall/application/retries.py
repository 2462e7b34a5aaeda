"""The one policy by which a transaction is tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from .ports import AppendConflict, CatalogueChanged, StoreUnavailable

_T = TypeVar("_T")

ATTEMPTS = 12
"""With the waits between them, which grow, about two seconds."""
SECONDS = 5.0
"""After so long a store that cannot be reached is not tried once more."""


def retrying() -> Retrying:
    """Try again when another writer was first, when the catalogue moved, and when the connection broke and nobody
    knows whether the write went through: ids that are stored already are then found to be."""
    return Retrying(
        retry=retry_if_exception_type((AppendConflict, CatalogueChanged, StoreUnavailable)),
        stop=_given_up,
        wait=wait_random_exponential(multiplier=0.005, max=0.5),
        reraise=True,
    )


def _given_up(state: RetryCallState) -> bool:
    # Who was in another's way may have waited for locks all that time, and has not had its turn yet.
    error = state.outcome.exception() if state.outcome else None
    out_of_reach = isinstance(error, StoreUnavailable)
    return state.attempt_number >= ATTEMPTS or (out_of_reach and stop_after_delay(SECONDS)(state))


def reading(read: Callable[[], _T]) -> _T:
    """Read, and try again like a write. The first attempt goes without the machinery of the others, which would cost
    a tenth of a short read."""
    try:
        return read()
    except (AppendConflict, StoreUnavailable):
        return retrying()(read)
