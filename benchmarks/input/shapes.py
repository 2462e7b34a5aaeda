"""The shapes that the input of a comparison can have."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from .apart import apart
from .delayed import delayed
from .visits import Event, page_visits

_WIDE = 4_000


class Shape(StrEnum):
    """What visits are like: the usual ones; each hours after the customer's last; all of them up to a day late; with
    params of 4 KB."""

    USUAL = "usual"
    APART = "apart"
    LATE = "late"
    WIDE = "wide"


def shaped(shape: Shape, count: int, customers: int | None = None) -> Iterator[Event]:
    """`count` visits of a shape, of so many customers where it is said."""
    match shape:
        case Shape.APART:
            return apart(count, customers)
        case Shape.LATE:
            return delayed(page_visits(count, customers), share=1)
        case Shape.WIDE:
            return map(_widened, page_visits(count, customers))
    return page_visits(count, customers)


def _widened(event: Event) -> Event:
    note = event["event_id"] * (_WIDE // len(event["event_id"]))
    return {**event, "params": {**event["params"], "note": note}}
