"""Sessions that customers' states no longer hold, so that late activity finds those which it touches."""

from alembic import context

from footfall.infrastructure.schema.migrations.statements import carry_out

revision = "0004"
down_revision = "0003"

# Sessions of a customer are apart from each other, so no two have one deadline.
_SQLITE = """
CREATE TABLE footfall.past_sessions (
    stream INTEGER NOT NULL, deadline INTEGER NOT NULL, ended BOOLEAN NOT NULL, state BLOB NOT NULL,
    PRIMARY KEY (stream, deadline)
) WITHOUT ROWID;
CREATE INDEX footfall_past_sessions_open ON footfall.past_sessions (stream, deadline) WHERE NOT ended;
"""

# Late activity replaces rows: what they leave behind is cleared away before a fifth of a large table is dead.
_POSTGRES = """
CREATE TABLE footfall.past_sessions (
    stream bigint NOT NULL, deadline bigint NOT NULL, ended boolean NOT NULL, state bytea NOT NULL,
    PRIMARY KEY (stream, deadline)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
CREATE INDEX past_sessions_open ON footfall.past_sessions (stream, deadline) WHERE NOT ended;
"""


def upgrade() -> None:
    """Create the table. A stream gets its past sessions when its customer is next written."""
    tables = context.config.attributes["dialect"].pick(sqlite=_SQLITE, postgres=_POSTGRES)
    carry_out(tables)
