"""Whether a store answers and is of this program's schema, without raising and without waiting."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import footfall
from tests.contracts.support import ALICE, OpenEngine, execute, parts_of, visit
from tests.postgres import PostgresServer


def test_a_store_is_ready_as_often_as_it_is_asked(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    assert [engine.ready() for _ in range(10)] == [True] * 10
    assert asyncio.run(footfall.AsyncEngine(engine).ready())


@pytest.mark.spoils
def test_a_closed_engine_says_so(engine: footfall.Engine) -> None:
    engine.close()
    with pytest.raises(footfall.EngineClosed):
        engine.ready()


def test_a_store_of_another_schema_is_not_ready(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    execute(database_url, "UPDATE footfall.version SET version_num = '9999'")
    assert not engine.ready()
    execute(database_url, "DELETE FROM footfall.version")
    assert not engine.ready()
    execute(database_url, "DROP TABLE footfall.version")
    assert not engine.ready()
    assert parts_of(engine).database.queue.taken == 0


def test_a_schema_that_is_gone_is_not_ready(engine_at: OpenEngine, postgres_url: str) -> None:
    engine = engine_at(postgres_url)
    execute(postgres_url, "DROP SCHEMA footfall CASCADE")
    assert not engine.ready()


@pytest.mark.parametrize("by", ["another", "nothing"])
def test_a_file_that_was_removed_is_not_ready_and_is_not_made(engine_at: OpenEngine, sqlite_url: str, by: str) -> None:
    engine, file = engine_at(sqlite_url), Path(sqlite_url.removeprefix("sqlite:///"))
    assert engine.ready()
    if by == "another":
        shutil.copy(file, file.with_name("other.db"))
        file.with_name("other.db").replace(file)
    else:
        file.unlink()
    assert not engine.ready()
    assert file.exists() is (by == "another")
    assert engine.metrics().store is not None  # the file that was opened is still there for those who have it


def test_it_waits_for_locks_no_longer_than_any_call(engine_at: OpenEngine, postgres_url: str) -> None:
    engine, other = (engine_at(postgres_url, lock_timeout=timedelta(milliseconds=50)) for _ in range(2))
    with parts_of(other).database.write() as connection:
        connection.exec_driver_sql("LOCK TABLE footfall.version IN ACCESS EXCLUSIVE MODE")
        assert not engine.ready()
    assert engine.ready()


def test_a_pool_that_is_used_up_is_not_ready(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    queue = parts_of(engine).database.queue
    queue.seconds = 0.01
    held = [queue.permit(lasting=True) for _ in range(queue.permits)]
    for one in held:
        one.__enter__()
    assert not engine.ready()
    assert engine.metrics().store is None
    assert engine.metrics().pool == footfall.PoolMetrics(in_use=15, size=15, waiting=0)
    for one in held:
        one.__exit__(None, None, None)
    assert engine.ready()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        yield server
    finally:
        server.remove()


@pytest.mark.direct
def test_a_server_that_is_stopped_is_not_ready_until_it_is_back(
    own_server: PostgresServer, engine_at: OpenEngine
) -> None:
    engine = engine_at(own_server.start())
    engine.track_many([visit(ALICE, 0)])
    assert engine.ready()
    own_server.stop()
    assert not engine.ready()
    found = engine.metrics()
    assert (found.accepted, found.store) == (1, None)
    own_server.start()
    assert engine.ready()
