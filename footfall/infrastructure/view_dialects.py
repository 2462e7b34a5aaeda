"""Which statements on views go with a database."""

from __future__ import annotations

from .database import Database
from .view_postgres import PostgresViews
from .view_sqlite import SqliteViews
from .view_statements import ViewStatements


def statements_for(database: Database) -> ViewStatements:
    """The statements in the dialect of a database."""
    return PostgresViews() if database.is_postgres else SqliteViews()
