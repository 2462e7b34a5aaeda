"""The list of profiles in memory, a page after the other; the answers are those of the queries on a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from types import SimpleNamespace
from uuid import UUID

from ..domain.events import ActivityRecorded
from ..projections import PROFILES, SESSIONS
from ..projections.profiles import ProfilePlace, ProfileRow, ProfilesWith, describe_profile
from .contents import StoredEvent
from .log import InMemoryLog
from .view import View


def profiles(query: ProfilesWith, views: Mapping[str, View], log: InMemoryLog) -> list[ProfileRow]:
    """Customers, the last seen first; of a walk, those first who would have been met but moved ahead since."""
    view, after = views[PROFILES.name], query.after
    sessions = Counter(session.uuid for session in views[SESSIONS.name].records())
    found = {row.uuid: row for row in view.records() if query.which.finds(row)}
    for row in found.values():
        row.sessions = sessions[row.uuid]
    if after is not None:
        after.check_store(1)
    ahead = () if after is None else _moved_ahead(found, after, log, view.position)
    behind = (row for row in found.values() if after is None or not after.is_ahead(row.last_seen, row.uuid))
    in_order = sorted(behind, key=lambda row: (row.last_seen is not None, row.last_seen or 0, row.uuid), reverse=True)
    rest = (describe_profile(row, ProfilePlace(row.last_seen, row.uuid, (view.position,))) for row in in_order)
    return [*islice(chain(ahead, rest), query.limit)]


def _moved_ahead(
    found: Mapping[UUID, SimpleNamespace], after: ProfilePlace, log: InMemoryLog, upto: int
) -> Iterator[ProfileRow]:
    (position,) = after.positions
    before = log.contents.rows[:position]
    met = {row.stream for row in before if after.is_ahead(_seen(row), row.stream)}
    known = {row.stream for row in before}
    for row in log.contents.rows[position:upto]:
        customer = row.stream
        if customer in known - met and _seen(row) is not None and after.is_ahead(_seen(row), customer):
            met.add(customer)
            if customer in found and after.is_ahead(found[customer].last_seen, customer):
                yield describe_profile(found[customer], after._replace(positions=(row.position,)))


def _seen(row: StoredEvent) -> int | None:
    return row.event.time if row.kind is ActivityRecorded else None
