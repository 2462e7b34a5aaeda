"""The views' statements in each database's dialect."""

from __future__ import annotations

from ...database.dialects.dialect import Dialect
from .postgres import PostgresViews
from .sqlite import SqliteViews
from .statements import ViewStatements


def view_statements(dialect: Dialect) -> ViewStatements:
    """The statements that go with a dialect."""
    statements: ViewStatements = dialect.pick(sqlite=SqliteViews, postgres=PostgresViews)(dialect.naming)
    return statements
