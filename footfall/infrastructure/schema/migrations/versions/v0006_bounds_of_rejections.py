"""Rejections are cut, bounded, and found by reason and by moment."""

from alembic import context

from footfall.infrastructure.schema.migrations.statements import carry_out

revision = "0006"
down_revision = "0005"

# What an older program kept stays as it is, however large: a step must not take for ever. It goes when its time comes,
# like all others. A null tells that the content is whole.
_TABLES = """
ALTER TABLE footfall.rejections ADD COLUMN whole_size {bigint};
ALTER TABLE footfall.rejections ADD COLUMN whole_sha256 {text};
CREATE INDEX footfall_rejections_by_reason ON footfall.rejections (reason, number);
CREATE INDEX footfall_rejections_by_moment ON footfall.rejections (received_at);
ALTER TABLE footfall.store ADD COLUMN rejections_let_go {bigint} NOT NULL DEFAULT 0;
"""

# Rows come and go here: their room must be used again before a fifth of all that is kept is dead.
_POSTGRES = """
ALTER TABLE footfall.rejections SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
    toast.autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_threshold = 2000
);
"""


def upgrade() -> None:
    """Add the columns and the indexes; they are read through once."""
    pick = context.config.attributes["dialect"].pick
    types = pick(sqlite={"bigint": "INTEGER", "text": "TEXT"}, postgres={"bigint": "bigint", "text": "text"})
    carry_out(_TABLES.format(**types) + pick(sqlite="", postgres=_POSTGRES))
