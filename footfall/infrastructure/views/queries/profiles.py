"""What is asked of the view of profiles."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....projections import ATTRIBUTE_VALUES, PROFILES, SESSIONS
from ....projections.profiles import ProfilePlace, ProfileRow, ProfilesWith, describe_profile
from ...database.column_types import COMPACT_UUID
from ...log.dialects.moved_ahead import moved_ahead
from ..projecting import checkpoints
from ..tables import Slot, view
from . import answer
from .by_attribute import customers_with
from .conditions import on_content

profiles_table, sessions_table = view(PROFILES), view(SESSIONS)
profile = profiles_table.c

LOOKED_AT = 100
"""So many customers who moved ahead are looked at together."""

Rows = Iterator[ProfileRow]


@answer.register
def profiles(query: ProfilesWith, connection: Connection) -> list[ProfileRow]:
    """Customers, the last seen first. Those behind the place that a walk has come to, after those who would have been
    met there but were seen since and so moved ahead of it: each once, whatever happens meanwhile."""
    both = checkpoints.read(connection, [PROFILES, ATTRIBUTE_VALUES], Slot.LIVE)
    cursors = both[PROFILES.name]
    reached = tuple(cursors[partition] for partition in sorted(cursors))
    few = customers_with(connection, query.which.attributes) if both[ATTRIBUTE_VALUES.name] == cursors else None
    walk = _Walk(connection, query, reached, few)
    if query.after is None:
        return [*walk.behind(query.limit)]
    query.after.check_store(len(reached))
    first = [*islice(walk.moved_ahead(query.after), query.limit)]
    return [*first, *walk.behind(None if query.limit is None else query.limit - len(first))]


class _Walk:
    """One page, of a view that stands at these positions of the log by partition; `few`: who can be among them at all,
    where these are few enough to be looked up one by one."""

    def __init__(
        self, connection: Connection, query: ProfilesWith, reached: tuple[int, ...], few: sa.Select[Any] | None
    ) -> None:
        self._connection, self._after, self._reached = connection, query.after, reached
        self._since, self._until, self._few = query.which.since, query.which.until, few is not None
        self._asked = _profiles().where(*on_content(connection, profile, query.which))
        self._last_seen: sa.ColumnElement[int] = profile.last_seen
        if few is not None:
            self._asked = self._asked.where(profile.uuid.in_(few))
            self._last_seen = profile.last_seen + 0  # not by its index, in which all others stand, too

    def behind(self, most: int | None) -> Rows:
        """Those behind the place, each with the place to go on behind it."""
        rows = [] if most == 0 else self._seen(most)
        if self._since is None and self._until is None and (most is None or len(rows) < most):
            rows = [*rows, *self._never_seen(None if most is None else most - len(rows))]
        return (describe_profile(row, ProfilePlace(row.last_seen, row.uuid, self._reached)) for row in rows)

    def moved_ahead(self, after: ProfilePlace) -> Rows:
        """Those who were behind the place and are ahead of it now, in the order in which the log tells of them."""
        place = after.last_seen, after.uuid
        for partition, upto in enumerate(self._reached):
            position = after.positions[partition]
            while position < upto:
                found = moved_ahead(self._connection, partition, position, upto, place, LOOKED_AT)
                rows = self._ahead([customer for _, customer in found], after)
                for at, customer in found:
                    if customer in rows:
                        dealt_with = (*self._reached[:partition], at, *after.positions[partition + 1 :])
                        yield describe_profile(rows[customer], after._replace(positions=dealt_with))
                position = found[-1][0] if len(found) == LOOKED_AT else upto

    def _ahead(self, customers: list[Any], after: ProfilePlace) -> dict[Any, Any]:
        if not customers:
            return {}
        asked = self._within(self._asked.where(profile.uuid.in_(customers)), self._until)
        rows = {row.uuid: row for row in self._connection.execute(asked)}
        return {uuid: row for uuid, row in rows.items() if after.is_ahead(row.last_seen, uuid)}

    def _seen(self, most: int | None) -> list[Any]:
        asked, until = self._asked.where(self._last_seen.is_not(None)), self._until
        if self._after is not None:
            if self._after.last_seen is None:
                return []
            # One of the two bounds holds for both: a database looks for one only in its index.
            if until is None or self._after.last_seen < until:
                asked, until = asked.where(sa.tuple_(self._last_seen, profile.uuid) < _literal(self._after)), None
        order = self._last_seen.desc(), profile.uuid.desc()
        page = self._within(asked, until).order_by(*order).limit(most)
        if self._few:  # SQLite would count the sessions of all of them before it puts them in order
            page = _profiles().where(profile.uuid.in_(page.with_only_columns(profile.uuid))).order_by(*order)
        return [*self._connection.execute(page)]

    def _never_seen(self, most: int | None) -> list[Any]:
        # Asked for apart, so that the others are read by the index.
        asked = self._asked.where(self._last_seen.is_(None)).order_by(profile.uuid.desc()).limit(most)
        if self._after is not None and self._after.last_seen is None:
            asked = asked.where(profile.uuid < self._after.uuid)
        return [*self._connection.execute(asked)]

    def _within(self, asked: sa.Select[Any], until: int | None) -> sa.Select[Any]:
        if self._since is not None:
            asked = asked.where(self._last_seen >= self._since)
        return asked if until is None else asked.where(self._last_seen < until)


def _profiles() -> sa.Select[Any]:
    own_sessions = sa.select(sa.func.count()).where(sessions_table.c.uuid == profile.uuid).scalar_subquery()
    return sa.select(profiles_table, own_sessions.label("sessions"))


def _literal(place: ProfilePlace) -> Any:
    return sa.tuple_(sa.literal(place.last_seen, sa.BigInteger), sa.literal(place.uuid, COMPACT_UUID))
