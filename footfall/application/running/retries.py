"""The one policy by which a transaction is tried again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from ..ports.errors import AppendConflict, CatalogueChanged, StoreUnavailable

_T = TypeVar("_T")

ATTEMPTS = 12
"""With the waits between them, which grow, about two seconds."""
SECONDS = 5.0
"""After so long a store that cannot be reached is not tried once more."""
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
