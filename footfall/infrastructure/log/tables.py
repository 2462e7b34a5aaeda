"""The tables of the store, as SQLAlchemy knows them; the migrations create them."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from ..database.column_types import COMPACT_UUID
from ..database.naming import SCHEMA

metadata = sa.MetaData(schema=SCHEMA)

store = sa.Table(
    "store",
    metadata,
    sa.Column("partitions", sa.SmallInteger),
    sa.Column("session_timeout", sa.BigInteger),
    sa.Column("created_at", sa.BigInteger),
    sa.Column("rejections_let_go", sa.BigInteger),
)

streams = sa.Table("streams", metadata, sa.Column("stream", sa.BigInteger), sa.Column("customer", COMPACT_UUID))

log = sa.Table(
    "log",
    metadata,
    sa.Column("partition", sa.SmallInteger),
    sa.Column("position", sa.BigInteger),
    sa.Column("stream", sa.BigInteger),
    sa.Column("customer", COMPACT_UUID),
    sa.Column("version", sa.Integer),
    sa.Column("topic", sa.Text),
    sa.Column("event_id", COMPACT_UUID),
    sa.Column("action", sa.Text),
    sa.Column("time", sa.BigInteger),
    sa.Column("state", sa.LargeBinary),
)

deadlines = sa.Table(
    "due",
    metadata,
    sa.Column("stream", sa.BigInteger),
    sa.Column("partition", sa.SmallInteger),
    sa.Column("customer", COMPACT_UUID),
    sa.Column("due_at", sa.BigInteger),
)

past_sessions = sa.Table(
    "past_sessions",
    metadata,
    sa.Column("stream", sa.BigInteger),
    sa.Column("deadline", sa.BigInteger),
    sa.Column("ended", sa.Boolean),
    sa.Column("state", sa.LargeBinary),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("job", sa.Text),
    sa.Column("succeeded_at", sa.BigInteger),
    sa.Column("failed_at", sa.BigInteger),
    sa.Column("error", sa.Text),
)

rejections = sa.Table(
    "rejections",
    metadata,
    sa.Column("number", sa.BigInteger),
    sa.Column("rejection_id", COMPACT_UUID),
    sa.Column("kind", sa.Text),
    sa.Column("customer", COMPACT_UUID),
    sa.Column("content", sa.Text),
    sa.Column("sender_level", sa.Text),
    sa.Column("sender_customer", COMPACT_UUID),
    sa.Column("received_at", sa.BigInteger),
    sa.Column("reason", sa.Text),
    sa.Column("detail", sa.Text),
    sa.Column("whole_size", sa.BigInteger),
    sa.Column("whole_sha256", sa.Text),
)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("projection", sa.Text),
    sa.Column("partition", sa.SmallInteger),
    sa.Column("position", sa.BigInteger),
)

parked = sa.Table(
    "parked",
    metadata,
    sa.Column("projection", sa.Text),
    sa.Column("customer", COMPACT_UUID),
    sa.Column("partition", sa.SmallInteger),
    sa.Column("position", sa.BigInteger),
    sa.Column("parked_at", sa.BigInteger),
    sa.Column("error", sa.Text),
)

tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("projection", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("digest", COMPACT_UUID),
    sa.Column("key", sa.Text),
    sa.Column("number", sa.BigInteger),
)

tally_changes = sa.Table(
    "tally_changes",
    metadata,
    sa.Column("number", sa.BigInteger),
    sa.Column("projection", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("numbers", sa.BigInteger),
    sa.Column("sign", sa.SmallInteger),
    sa.Column("changes", sa.Text),
)

store_identity = sa.Table("store_identity", metadata, sa.Column("identity", sa.LargeBinary))
"""What tells a SQLite store from any other, also from those whose events lie at the same positions."""

application_sequences = sa.Table(
    "application_sequences",
    metadata,
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("application", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("last", sa.BigInteger),
)

application_events = sa.Table(
    "application_events",
    metadata,
    sa.Column("sequence", sa.BigInteger),
    sa.Column("number", sa.BigInteger),
    sa.Column("originator", sa.Text),
    sa.Column("is_uuid", sa.Boolean),
    sa.Column("version", sa.BigInteger),
    sa.Column("topic", sa.Text),
    sa.Column("state", sa.LargeBinary),
)

application_tracking = sa.Table(
    "application_tracking",
    metadata,
    sa.Column("application", sa.Text),
    sa.Column("upstream", sa.Text),
    sa.Column("number", sa.BigInteger),
)


own_tables = sa.Table("own_tables", metadata, sa.Column("name", sa.Text))
"""The tables that Footfall made: no other is ever dropped or altered."""


def in_stream_of(customer: UUID) -> sa.ColumnElement[bool]:
    """The condition that selects a customer's rows of the log by the index that the log has."""
    return log.c.stream == sa.select(streams.c.stream).where(streams.c.customer == customer).scalar_subquery()


TABLES = frozenset({*(table.name for table in metadata.sorted_tables), "snapshots", "version"})
"""The names of all tables of the store but the views, also of those that only statements name."""
