"""What a database's planner knows of the tables: nothing in a store's first minutes, and by and by everything."""

from __future__ import annotations

from contextlib import closing

import psycopg
from psycopg.sql import SQL, Identifier

from footfall.infrastructure.database.driver_alone import LOG, Tables
from footfall.infrastructure.database.naming import SCHEMA

from ..baselines.bare import VIEWS

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"


def withhold(url: str) -> None:
    """Keep a new store without statistics, which PostgreSQL's autovacuum would gather at a moment of its own."""
    if url.startswith("sqlite"):
        return
    with psycopg.connect(url) as connection:
        for (name,) in connection.execute(_TABLES, (SCHEMA,)).fetchall():
            table = Identifier(SCHEMA, name)
            connection.execute(SQL("ALTER TABLE {} SET (autovacuum_enabled = false)").format(table))


def gather(url: str) -> None:
    """Gather statistics of every table now, as PostgreSQL does by itself and an operator of SQLite may."""
    if url.startswith("sqlite"):
        with closing(Tables(url)) as tables:
            for table in (LOG, VIEWS[0]):
                with tables.database_of(table).write() as sqlite:
                    sqlite.exec_driver_sql("ANALYZE main")
        return
    with psycopg.connect(url, autocommit=True) as postgres:
        postgres.execute("ANALYZE")
