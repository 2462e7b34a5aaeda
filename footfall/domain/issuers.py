"""Which issuers of JWTs are trusted, and how that changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .errors import InvalidArgument, shown
from .events import CatalogueEvent, IssuerDistrusted, IssuerTrusted
from .issuer import Issuer

Issuers = Mapping[str, tuple[int, Issuer]]
"""Issuers by their urls, each with the moment (µs) from which on it has been trusted as it is."""
NO_ISSUERS: Issuers = {}


def advance(issuers: Issuers, events: Iterable[CatalogueEvent]) -> Issuers:
    """The issuers after the events that followed; the same object where none was about issuers."""
    known = dict(issuers)
    for event in events:
        if isinstance(event, IssuerTrusted):
            known[event.issuer.url] = (event.time, event.issuer)
        elif isinstance(event, IssuerDistrusted):
            known.pop(event.url, None)
    return issuers if known == issuers else known


def replay(events: Iterable[CatalogueEvent], until: int | None = None) -> Issuers:
    """The issuers as events left them, or as they stood at `until` (µs, inclusive)."""
    return advance(NO_ISSUERS, (event for event in events if until is None or event.time <= until))


def trust(issuers: Issuers, issuer: Issuer, now: int) -> list[CatalogueEvent]:
    """Decide to trust an issuer, in place of what was known of it: nothing where that is the same."""
    _, known = issuers.get(issuer.url, (0, None))
    return [] if known == issuer else [IssuerTrusted(now, issuer)]


def distrust(issuers: Issuers, url: str, now: int) -> list[CatalogueEvent]:
    """Decide to trust an issuer no longer. Raises `InvalidArgument` where it is not trusted."""
    if url not in issuers:
        raise InvalidArgument(f"{shown(url)} is not trusted; trusted are: {', '.join(issuers) or 'none'}")
    return [IssuerDistrusted(now, url)]
