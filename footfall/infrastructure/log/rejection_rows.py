"""Rejections as rows: kept once, listed, and forgotten when they are re-driven."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...application.ports.vocabulary import CutContent, Rejection, RejectionBounds, SubmissionKind
from ...application.reading.operation_answers import RejectionStatus
from ...domain.errors import Reason
from ...domain.moments import to_datetime_if_any
from ...domain.sender import Access, Sender
from . import rejection_bounds
from .tables import rejections, store


def keep(
    connection: Connection, refused: Sequence[Rejection], released: Collection[UUID], bounds: RejectionBounds
) -> None:
    """Keep rejections, each once and with its newest reason, forget those in `released`, and hold the bounds."""
    newest = {one.rejection_id: one for one in refused}
    own_id = rejections.c.rejection_id
    there = set(connection.scalars(sa.select(own_id).where(own_id.in_(newest))))
    fresh = [_columns(one) for rejection_id, one in newest.items() if rejection_id not in there]
    if fresh:
        connection.execute(rejections.insert(), fresh)
    for again in there:
        reason, detail = newest[again].reason, newest[again].detail
        connection.execute(rejections.update().where(own_id == again).values(reason=reason, detail=detail))
    if released:
        connection.execute(rejections.delete().where(rejections.c.rejection_id.in_(released)))
    if fresh:
        rejection_bounds.hold(connection, bounds, len(fresh), max(one.received_at for one in newest.values()))


def select(connection: Connection, reason: Reason | None, after: int, limit: int | None) -> list[Rejection]:
    """Rejections by their number, from the one after `after`."""
    query = sa.select(rejections).where(rejections.c.number > after).order_by(rejections.c.number).limit(limit)
    if reason is not None:
        query = query.where(rejections.c.reason == reason)
    return [_rejection(row) for row in connection.execute(query)]


def status(connection: Connection) -> RejectionStatus:
    """How many are kept, how many were let go, and when the oldest came."""
    oldest = connection.scalar(sa.select(sa.func.min(rejections.c.received_at)))
    let_go = connection.scalar(sa.select(store.c.rejections_let_go)) or 0
    return RejectionStatus(rejection_bounds.count(connection), let_go, to_datetime_if_any(oldest))


def _columns(one: Rejection) -> dict[str, Any]:
    return {
        "rejection_id": one.rejection_id,
        "kind": one.kind,
        "customer": one.customer,
        "content": one.content,
        "sender_level": one.sender.level,
        "sender_customer": one.sender.customer,
        "received_at": one.received_at,
        "reason": one.reason,
        "detail": one.detail,
        "whole_size": None if one.cut is None else one.cut.size,
        "whole_sha256": None if one.cut is None else one.cut.sha256,
    }


def _rejection(row: Any) -> Rejection:
    return Rejection(
        row.rejection_id,
        SubmissionKind(row.kind),
        row.customer,
        row.content,
        Sender(Access(row.sender_level), row.sender_customer),
        row.received_at,
        Reason(row.reason),
        row.detail,
        row.number,
        None if row.whole_size is None else CutContent(row.whole_size, row.whole_sha256),
    )
