"""Connections to PostgreSQL, as the server sees them: how many there are of a kind, and their end."""

from __future__ import annotations

from tests.contracts.support import execute

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
"""Of a database, all but the one that asks."""
LISTENERS = f"{OTHERS} AND query LIKE 'LISTEN%'"


def connections(url: str, whose: str) -> int:
    """How many connections of a kind the server has."""
    return int(execute(url, f"SELECT count(*) {whose}")[0][0])


def break_off(url: str, whose: str) -> int:
    """Have the server end the connections of a kind; how many it ended."""
    return len(execute(url, f"SELECT pg_terminate_backend(pid, 5000) {whose}"))
