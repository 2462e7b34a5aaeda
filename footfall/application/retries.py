"""The one policy by which a transaction is tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_random_exponential

from .ports import AppendConflict, CatalogueChanged, StoreUnavailable

_T = TypeVar("_T")

ATTEMPTS = 8
SECONDS = 5.0
"""After so long nothing is tried once more."""


def retrying() -> Retrying:
    """Try again when another writer was first, when the catalogue moved, and when the connection broke and nobody
    knows whether the write went through: ids that are stored already are then found to be."""
    return Retrying(
        retry=retry_if_exception_type((AppendConflict, CatalogueChanged, StoreUnavailable)),
        stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(SECONDS),
        wait=wait_random_exponential(multiplier=0.005, max=0.5),
        reraise=True,
    )


def reading(read: Callable[[], _T]) -> _T:
    """Read, and try again like a write. The first attempt goes without the machinery of the others, which would cost
    a tenth of a short read."""
    try:
        return read()
    except (AppendConflict, StoreUnavailable):
        return retrying()(read)
