"""Lists of sessions and of profiles are read on from any place by an index."""

import sqlalchemy as sa
from alembic import context, op

from footfall.infrastructure.schema import ownership

revision = "0007"
down_revision = "0006"

_INDEXES = {"sessions": ("started_at", "session_id"), "profiles": ("last_seen", "uuid")}


def upgrade() -> None:
    """Build the indexes of views that are there, each in the place of the one that began alike; a view that is made
    later, or filled anew, gets its own."""
    connection, naming = op.get_bind(), context.config.attributes["dialect"].naming
    for table in ownership.owned(connection):
        if (columns := _INDEXES.get(table.removesuffix("_next"))) is None:
            continue
        found = sa.inspect(connection).get_indexes(naming.table(table), naming.schema)
        for index in found:
            if index["column_names"] == [columns[0]] and str(index["name"]).startswith("footfall_"):
                schema = "" if naming.schema is None else "footfall."
                op.execute(f'DROP INDEX {schema}"{index["name"]}"')
        if found or table in _INDEXES:  # a copy that is being filled has none yet
            op.execute(f'CREATE INDEX "footfall_{table}_by_place" ON footfall."{table}" ({", ".join(columns)})')
