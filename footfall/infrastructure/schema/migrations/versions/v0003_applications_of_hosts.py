"""The events of a host's own applications, which are kept beside those of customers."""

from alembic import context

from footfall.infrastructure.schema.migrations.statements import carry_out

revision = "0003"
down_revision = "0002"

# The row of a sequence is the lock of whoever appends to it: numbers then have no gaps, and come in the order of
# commits. An originator is a UUID or any text, and comes back as what it was.
_SQLITE = """
CREATE TABLE footfall.application_sequences (
    sequence INTEGER PRIMARY KEY, application TEXT NOT NULL, purpose TEXT NOT NULL, last INTEGER NOT NULL,
    UNIQUE (application, purpose)
);
CREATE TABLE footfall.application_events (
    sequence INTEGER NOT NULL,
    number INTEGER NOT NULL,
    originator TEXT NOT NULL,
    is_uuid BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (sequence, number),
    UNIQUE (sequence, originator, is_uuid, version)
);
CREATE TABLE footfall.application_tracking (
    application TEXT NOT NULL, upstream TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (application, upstream)
);
"""

_POSTGRES = """
CREATE TABLE footfall.application_sequences (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application text NOT NULL,
    purpose text NOT NULL,
    last bigint NOT NULL,
    UNIQUE (application, purpose)
) WITH (fillfactor = 50);
CREATE TABLE footfall.application_events (
    sequence bigint NOT NULL,
    number bigint NOT NULL,
    originator text NOT NULL,
    is_uuid boolean NOT NULL,
    version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (sequence, number),
    UNIQUE (sequence, originator, is_uuid, version)
);
CREATE TABLE footfall.application_tracking (
    application text NOT NULL, upstream text NOT NULL, number bigint NOT NULL, PRIMARY KEY (application, upstream)
) WITH (fillfactor = 50);
"""


def upgrade() -> None:
    """Create the tables."""
    tables = context.config.attributes["dialect"].pick(sqlite=_SQLITE, postgres=_POSTGRES)
    carry_out(tables)
