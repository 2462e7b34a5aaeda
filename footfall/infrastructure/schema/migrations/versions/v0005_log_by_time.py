"""The long streams of the log in the order of event time."""

from alembic import context

from footfall.infrastructure.schema.migrations.statements import carry_out

revision = "0005"
down_revision = "0004"

# Of short streams, which most customers have, nothing is gained: they are read whole, and their events must not pay
# for indexes. Attributes are apart, for a timeline does not show them.
_STATEMENTS = """
CREATE INDEX footfall_log_long_by_time ON footfall.log ({key}, time, version) WHERE action IS NOT NULL AND version > 64;
CREATE INDEX footfall_log_long_attributes ON footfall.log ({key}, time) WHERE action IS NULL AND version > 64;
"""


def upgrade() -> None:
    """Create the indexes; where streams are long this reads the log once."""
    key = context.config.attributes["dialect"].pick(sqlite="stream", postgres="partition, stream")
    carry_out(_STATEMENTS.format(key=key))
