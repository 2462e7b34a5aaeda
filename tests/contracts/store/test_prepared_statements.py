"""What the server has prepared for a connection stays prepared. Behind a ROLLBACK psycopg has it forget everything."""

from __future__ import annotations

from contextlib import closing

import pytest
from psycopg.pq import TransactionStatus

from footfall.infrastructure.database.connections import driver
from footfall.infrastructure.database.database import Database
from footfall.infrastructure.database.dialects import postgres
from footfall.infrastructure.database.dialects.deadline_connection import DeadlineConnection
from tests.contracts.support import ALICE, OpenEngine, crowd

pytestmark = pytest.mark.direct
OFTEN = 4
"""Beyond the number of times after which a statement is prepared."""


def prepared_by_reads(url: str) -> list[str]:
    """What is prepared for a connection that has read the same often."""
    with closing(Database(url)) as database:
        for _ in range(OFTEN):
            with database.read() as connection:
                driver(connection).execute("SELECT 1 AS kept")
        with database.read() as connection:
            rows = driver(connection).execute("SELECT statement FROM pg_prepared_statements").fetchall()
    return [statement for (statement,) in rows]


def test_a_read_leaves_what_is_prepared(postgres_url: str) -> None:
    assert "SELECT 1 AS kept" in prepared_by_reads(postgres_url)


def test_an_engine_reads_without_rolling_back(
    engine_at: OpenEngine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, statuses = engine_at(postgres_url), []
    engine.track_many(crowd(20))
    rollback = DeadlineConnection.rollback

    def watched(connection: DeadlineConnection) -> None:
        statuses.append(connection.pgconn.transaction_status)
        rollback(connection)

    monkeypatch.setattr(DeadlineConnection, "rollback", watched)
    for fresh in (True, False):
        engine.profile(ALICE)
        engine.page_visits(ALICE, fresh=fresh)
        engine.sessions(ALICE, fresh=fresh)
        engine.stats(fresh=fresh)
    list(engine.timeline(ALICE))
    engine.sweep()
    assert set(statuses) <= {TransactionStatus.IDLE}  # in which it asks nothing of the server


def test_a_plan_of_small_tables_is_not_kept_for_ever(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "PLANNED_SECONDS", 0.0)
    assert "SELECT 1 AS kept" not in prepared_by_reads(postgres_url)
