"""On SQLite the views have a file of their own, which is made beside the log's when the store is opened."""

from alembic import context, op

from footfall.infrastructure.schema import ownership
from footfall.infrastructure.schema.migrations.statements import carry_out

revision = "0009"
down_revision = "0008"

_STAYS = {
    *("store", "streams", "log", "snapshots", "past_sessions", "due", "jobs", "rejections", "version", "own_tables"),
    *("application_sequences", "application_events", "application_tracking"),
}
_IDENTITY = """
CREATE TABLE footfall.store_identity (identity BLOB NOT NULL);
INSERT INTO footfall.store_identity VALUES (randomblob(16));
"""


def upgrade() -> None:
    """Drop the views and what is kept of them: they are folded anew into the other file."""
    if not context.config.attributes["dialect"].one_writer:
        return
    connection = op.get_bind()
    for table in ("checkpoints", "parked", "tallies", "tally_changes"):  # some are too new to be listed yet
        op.execute(f"DROP TABLE footfall.{table}")
    for table in ownership.owned(connection) - _STAYS:
        ownership.drop(connection, table)
    carry_out(_IDENTITY)
