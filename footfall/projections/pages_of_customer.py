"""Which pages a customer has visited, kept in its row of profiles, so that customers by page need not be looked for."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

MOST_PAGES = 500
"""Of a customer who has visited more pages than this none is kept: a row is written anew with each fold, and may not
grow with all that a customer ever did. Whoever counts customers by page looks up the visits of these few."""

_LONG = 300
"""Longer urls are not remembered with their tokens: there may be very long ones."""


def page_token(url: str) -> str:
    """What stands for a page, whatever the length of its url: 72 bits of its hash."""
    return b2a_base64(blake2b(url.encode(), digest_size=9).digest(), newline=False).decode()


def pages_after(known: Mapping[str, int] | None, urls: Sequence[str]) -> Mapping[str, int] | None:
    """The pages visited, by their tokens, once these urls are among them; None for too many."""
    if known is None or not urls:
        return known
    token: Callable[[str], str] = _remembered if max(map(len, urls)) < _LONG else page_token
    pages = {**known, **dict.fromkeys(map(token, urls), 1)}
    return pages if len(pages) <= MOST_PAGES else None


_remembered = lru_cache(maxsize=16_384)(page_token)
