"""Statements: what the PostgreSQL server does for an event, statement by statement, as `pg_stat_statements` has it."""

from __future__ import annotations

import psycopg

import footfall

from ..harness.measure import Row, Scope, check
from ..harness.stores import Store
from ..input.feed import feed
from ..input.visits import page_visits

_SHOWN = 16
_PREPARE = "CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()"
_SPENT = """
SELECT regexp_replace(query, '\\s+', ' ', 'g'), calls, total_exec_time * 1000,
    shared_blks_hit + shared_blks_read, wal_bytes
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC LIMIT %s
"""


def run(store: Store, scope: Scope) -> list[Row]:
    """Take events in and fold them, and ask the server. Most servers, and SQLite, have nothing to tell."""
    count = scope.size(100_000, 20_000)
    with store.fresh() as url, footfall.open(url) as engine:
        if not (url.startswith("postgresql") and _watches(url)):
            return [Row("pg_stat_statements is not in the server's shared_preload_libraries", "")]
        feed(engine, page_visits(count))
        rows = _rows(url, count)
        check(engine)
    return rows


def _watches(url: str) -> bool:
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_PREPARE)
    except psycopg.Error:
        return False
    return True


def _rows(url: str, events: int) -> list[Row]:
    with psycopg.connect(url) as connection:
        spent = connection.execute(_SPENT, (_SHOWN,)).fetchall()
    return [
        Row(
            statement if len(statement) <= 80 else f"{statement[:79]}…",
            f"{micros / events:.2f} µs an event",
            f"{calls:,} calls, {blocks / events:.2f} blocks and {wal / events:.0f} bytes of WAL an event",
        )
        for statement, calls, micros, blocks, wal in spent
    ]
