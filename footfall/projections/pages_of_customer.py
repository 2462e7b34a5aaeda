"""Which pages a customer has visited, kept in its row of profiles, so that customers by page need not be looked for."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

from ..domain.actions import PAGE_VISIT
from ..domain.events import ActivityRecorded, CustomerEvent

MOST_PAGES = 500
"""Of a customer who has visited more pages than this none is kept: a row is written anew with each fold, and may not
grow with all that a customer ever did. Whoever counts customers by page looks up the visits of these few."""

_LONG = 300
"""Longer urls are not remembered with their tokens: there may be very long ones."""


def page_token(url: str) -> str:
    """What stands for a page, whatever the length of its url: 72 bits of its hash."""
    return _remembered(url) if len(url) < _LONG else _token(url)


def pages_after(known: Sequence[str] | None, events: Sequence[CustomerEvent]) -> Sequence[str] | None:
    """The tokens of the pages visited, in order, once these events are among those seen; None for too many."""
    if known is None:
        return None
    visits = (event for event in events if event.action == PAGE_VISIT and isinstance(event, ActivityRecorded))
    visited = {page_token(visit.params["url"]) for visit in visits if "url" in visit.params}
    if visited.issubset(known):
        return known
    pages = sorted(visited.union(known))
    return pages if len(pages) <= MOST_PAGES else None


def _token(url: str) -> str:
    return urlsafe_b64encode(blake2b(url.encode(), digest_size=9).digest()).decode()


_remembered = lru_cache(maxsize=8_192)(_token)
