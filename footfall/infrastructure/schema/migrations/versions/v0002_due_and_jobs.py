"""When to look at whose sessions, how the background jobs fare, and views of sessions in their new shape."""

from alembic import context, op

from footfall.domain.errors import FootfallError
from footfall.infrastructure.schema import ownership
from footfall.infrastructure.schema.migrations.statements import carry_out

revision = "0002"
down_revision = "0001"

_SQLITE = """
CREATE TABLE footfall.due (
    stream INTEGER PRIMARY KEY, partition INTEGER NOT NULL, customer BLOB NOT NULL, due_at INTEGER NOT NULL
);
CREATE INDEX footfall_due_by_moment ON footfall.due (partition, due_at);
CREATE TABLE footfall.jobs (job TEXT PRIMARY KEY, succeeded_at INTEGER, failed_at INTEGER, error TEXT);
"""

# A queue: rows come and go, and what is gone must not be walked over for long.
_POSTGRES = """
CREATE TABLE footfall.due (
    stream bigint PRIMARY KEY, partition smallint NOT NULL, customer uuid NOT NULL, due_at bigint NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
CREATE INDEX due_by_moment ON footfall.due (partition, due_at);
CREATE TABLE footfall.jobs (
    job text PRIMARY KEY, succeeded_at bigint, failed_at bigint, error text
) WITH (fillfactor = 50);
"""

# Sessions of a store that is there already were never ended: everyone is looked at once. Views with text are made anew.
_OF_OLD_STORES = """
INSERT INTO footfall.due (stream, partition, customer, due_at)
SELECT DISTINCT stream, partition, customer, 0 FROM footfall.log WHERE partition >= 0;
DELETE FROM footfall.checkpoints WHERE projection NOT LIKE 'profiles%';
DELETE FROM footfall.parked WHERE projection NOT LIKE 'profiles%';
"""
_MADE_ANEW = ("sessions", "page_visits")

_HALF_AN_HOUR = 1_800_000_000


def upgrade() -> None:
    """Create the tables. Events of the first schema do not say under which timeout they were taken in."""
    connection = op.get_bind()
    other = f"SELECT 1 FROM footfall.store WHERE session_timeout <> {_HALF_AN_HOUR}"  # noqa: S608  # a number of ours
    if connection.exec_driver_sql(other).first():
        raise FootfallError(
            "this store was made by Footfall 0.1 with another session timeout than 30 minutes, which its events do not "
            "carry: send them anew to a new store"
        )
    tables = context.config.attributes["dialect"].pick(sqlite=_SQLITE, postgres=_POSTGRES)
    carry_out(tables + _OF_OLD_STORES)
    for table in ownership.owned(connection):
        if table.startswith(_MADE_ANEW):
            ownership.drop(connection, table)
