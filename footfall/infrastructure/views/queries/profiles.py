"""What is asked of the view of profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from ....domain.errors import Rejected
from ....domain.params import plain
from ....projections import PROFILES, SESSIONS
from ....projections.profiles import ProfileRow, ProfilesWith, describe_profile
from ...database.column_types import dumps
from ...database.dialects.dialect import dialect_of
from ..tables import view
from . import answer

profiles_table, sessions_table = view(PROFILES), view(SESSIONS)


@answer.register
def profiles(query: ProfilesWith, connection: Connection) -> list[ProfileRow]:
    """Customers, the last seen first; of those attributes, if any are given."""
    profile = profiles_table.c
    own_sessions = sa.select(sa.func.count()).where(sessions_table.c.uuid == profile.uuid).scalar_subquery()
    asked = sa.select(profiles_table, own_sessions.label("sessions"))
    if query.attributes:
        try:
            sought = plain(query.attributes, "attributes")
        except Rejected:
            return []  # no profile can have them
        has = dialect_of(connection).pick(sqlite=_has_on_sqlite, postgres=_has_on_postgres)
        asked = asked.where(has(sought))
    # Those who were never seen come last. They are asked for apart, so that the others are read by the index.
    seen = asked.where(profile.last_seen.is_not(None)).order_by(profile.last_seen.desc(), profile.uuid)
    unseen = asked.where(profile.last_seen.is_(None)).order_by(profile.uuid)
    rows = connection.execute(seen.limit(query.limit)).all()
    if query.limit is None or len(rows) < query.limit:
        rest = None if query.limit is None else query.limit - len(rows)
        rows = [*rows, *connection.execute(unseen.limit(rest))]
    return [describe_profile(row) for row in rows]


# Compared as the text under which they are stored: 1, 1.0, true and "1" are four values.


def _has_on_postgres(attributes: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    documents = sa.cast(sa.type_coerce(profiles_table.c.attributes, sa.Text), postgresql.JSON)
    return sa.and_(*(documents[name].cast(sa.Text) == dumps(value) for name, value in attributes.items()))


def _has_on_sqlite(attributes: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    kept = sa.func.json_each(profiles_table.c.attributes).table_valued("key", "type", "value", name="kept")
    sought = sa.func.json_each(dumps(attributes)).table_valued("key", "type", "value", name="sought")
    same = sa.and_(kept.c.key == sought.c.key, kept.c.type == sought.c.type, kept.c.value.is_(sought.c.value))
    found = sa.select(sa.func.count()).select_from(kept).join(sought, same).scalar_subquery()
    return found == len(attributes)
