"""Rejections let go: those beyond the bounds, and those that nobody needs any more."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...application.ports.vocabulary import RejectionBounds
from ...domain.errors import Reason
from .tables import rejections, store

SLICE = 2_000
"""One statement forgets at most so many."""


def hold(connection: Connection, bounds: RejectionBounds, fresh: int, now: int) -> None:
    """Let go of what is beyond the bounds after so many were added, received at `now` (µs). They are counted once for
    each hundredth of the bound, and less than that is left free, so that there are never more."""
    pace = _pace(bounds)
    last = connection.scalar(sa.select(sa.func.max(rejections.c.number))) or 0
    if last // pace > (last - fresh) // pace or _any_before(connection, bounds.keep_from(now)):
        let_go(connection, bounds, now)


def let_go(connection: Connection, bounds: RejectionBounds, now: int) -> int:
    """Forget some of what is too old at `now` (µs) or more than is kept, and count it; returns how many."""
    # One transaction at a time: two would count the same rows. Nobody waits for the other.
    counted = sa.select(store.c.rejections_let_go).with_for_update(skip_locked=True)
    if connection.execute(counted).first() is None:
        return 0
    gone = forget(connection, None, bounds.keep_from(now))
    surplus = count(connection) - (bounds.number - _pace(bounds) + 1)
    if surplus > 0:
        gone += _delete(connection, sa.select(rejections.c.number), min(surplus, SLICE))
    if gone:
        connection.execute(store.update().values(rejections_let_go=store.c.rejections_let_go + gone))
    return gone


def forget(connection: Connection, reason: Reason | None, before: int | None) -> int:
    """Forget some, the oldest first: of a reason, received before a moment (µs); returns how many."""
    chosen = sa.select(rejections.c.number)
    if before is not None:
        chosen = chosen.where(rejections.c.received_at < before)
    if reason is not None:
        chosen = chosen.where(rejections.c.reason == reason)
    elif before is not None:
        chosen = chosen.order_by(rejections.c.received_at)  # by the index: contents are large to pass by
    return _delete(connection, chosen, SLICE)


def count(connection: Connection) -> int:
    """How many are kept."""
    return connection.scalar(sa.select(sa.func.count()).select_from(rejections)) or 0


def _pace(bounds: RejectionBounds) -> int:
    return max(1, min(1_000, bounds.number // 100))


def _any_before(connection: Connection, moment: int) -> bool:
    oldest = connection.scalar(sa.select(sa.func.min(rejections.c.received_at)))
    return oldest is not None and oldest < moment


def _delete(connection: Connection, chosen: sa.Select[Any], most: int) -> int:
    # What a redrive has in hand is left to it.
    some = chosen.order_by(rejections.c.number).limit(most).with_for_update(skip_locked=True)
    return connection.execute(rejections.delete().where(rejections.c.number.in_(some))).rowcount
