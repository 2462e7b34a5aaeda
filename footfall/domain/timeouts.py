"""The session timeout: a setting of the store that is changed by an event, like a definition."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import FootfallError
from .events import DEFAULT_TIMEOUT, CatalogueEvent, SessionTimeoutSet
from .moments import DAY, SECOND


class InvalidTimeout(FootfallError):
    """A session timeout is not longer than nothing, or longer than a year."""


def check_timeout(timeout: int) -> int:
    """Return a timeout (µs) that a store may have. Raises `InvalidTimeout`."""
    if not 0 < timeout <= 365 * DAY:
        raise InvalidTimeout(f"a session timeout is longer than 0 and at most 365 days, not {timeout / SECOND:g} s")
    return timeout


def advance(timeout: int | None, events: Iterable[CatalogueEvent]) -> int | None:
    """The timeout (µs) that is set after the events that followed one; None if none was set."""
    for event in events:
        if isinstance(event, SessionTimeoutSet):
            timeout = event.timeout
    return timeout


def set_timeout(known: int | None, wanted: int, now: int) -> list[CatalogueEvent]:
    """Decide on a new timeout: nothing when it is the one that is known. Raises `InvalidTimeout`."""
    return [] if check_timeout(wanted) == known else [SessionTimeoutSet(now, wanted)]


def set_initial(known: int | None, wanted: int, now: int) -> list[CatalogueEvent]:
    """Decide on the timeout that a store is created with: nothing when one was set before."""
    return [] if known is not None else set_timeout(None, wanted, now)


__all__ = ["DEFAULT_TIMEOUT", "InvalidTimeout", "advance", "check_timeout", "set_initial", "set_timeout"]
