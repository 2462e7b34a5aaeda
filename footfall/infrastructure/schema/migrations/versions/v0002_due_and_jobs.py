"""When to look at whose sessions, how the background jobs fare, and views of sessions in their new shape."""

from alembic import context, op

from footfall.domain.errors import FootfallError

revision = "0002"
down_revision = "0001"

_SQLITE = """
CREATE TABLE due (
    stream INTEGER PRIMARY KEY, partition INTEGER NOT NULL, customer BLOB NOT NULL, due_at INTEGER NOT NULL
);
CREATE INDEX due_by_moment ON due (partition, due_at);
CREATE TABLE jobs (job TEXT PRIMARY KEY, succeeded_at INTEGER, failed_at INTEGER, error TEXT);
"""

# A queue: rows come and go, and what is gone must not be walked over for long.
_POSTGRES = """
CREATE TABLE due (
    stream bigint PRIMARY KEY, partition smallint NOT NULL, customer uuid NOT NULL, due_at bigint NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
CREATE INDEX due_by_moment ON due (partition, due_at);
CREATE TABLE jobs (job text PRIMARY KEY, succeeded_at bigint, failed_at bigint, error text) WITH (fillfactor = 50);
"""

# Sessions of a store that is there already were never ended: everyone is looked at once. Views with text are made anew.
_OF_OLD_STORES = """
INSERT INTO due (stream, partition, customer, due_at)
SELECT DISTINCT stream, partition, customer, 0 FROM log WHERE partition >= 0;
DELETE FROM checkpoints WHERE projection NOT LIKE 'profiles%';
DELETE FROM parked WHERE projection NOT LIKE 'profiles%';
DROP TABLE IF EXISTS sessions;
DROP TABLE IF EXISTS sessions_next;
DROP TABLE IF EXISTS sessions_check;
DROP TABLE IF EXISTS page_visits;
DROP TABLE IF EXISTS page_visits_next;
DROP TABLE IF EXISTS page_visits_check;
"""

_HALF_AN_HOUR = 1_800_000_000


def upgrade() -> None:
    """Create the tables. Events of the first schema do not say under which timeout they were taken in."""
    other = f"SELECT count(*) FROM store WHERE session_timeout <> {_HALF_AN_HOUR}"  # noqa: S608  # a number of ours
    if op.get_bind().exec_driver_sql(other).scalar():
        raise FootfallError(
            "this store was made by Footfall 0.1 with another session timeout than 30 minutes, which its events do not "
            "carry: send them anew to a new store"
        )
    tables = context.config.attributes["dialect"].pick(sqlite=_SQLITE, postgres=_POSTGRES)
    for statement in (tables + _OF_OLD_STORES).split(";\n"):
        if statement.strip():
            op.execute(statement)
