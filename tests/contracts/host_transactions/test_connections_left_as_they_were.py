"""A connection that was lent is what it was: its settings, its factories, its handlers, and nothing of ours on it."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine, event, text

import footfall
from tests.contracts.host_transactions.hosts import create_orders, file_of, given_up, libpq
from tests.contracts.support import ALICE, BOB, OpenEngine, visit

SETTINGS = ("lock_timeout", "statement_timeout", "search_path", "client_encoding", "plan_cache_mode", "work_mem")


@pytest.fixture
def on_postgres(engine_at: OpenEngine, postgres_url: str) -> footfall.Engine:
    create_orders(postgres_url)
    return engine_at(postgres_url)


@pytest.fixture
def connect(postgres_url: str) -> Iterator[Callable[..., psycopg.Connection[Any]]]:
    """Opens connections of psycopg, and closes them."""
    opened = []

    def open_connection(**options: Any) -> psycopg.Connection[Any]:
        opened.append(psycopg.connect(libpq(postgres_url), **options))
        return opened[-1]

    yield open_connection
    for connection in opened:
        connection.close()


@pytest.fixture
def on_sqlite(engine_at: OpenEngine, sqlite_url: str) -> footfall.Engine:
    create_orders(sqlite_url)
    return engine_at(sqlite_url)


def as_list(_cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> list[Any] | None:
    """Rows of one column are lists, and others are nothing."""
    return list(row) if len(row) == 1 else None


def settings_of(connection: psycopg.Connection[Any]) -> list[Any]:
    with psycopg.Cursor(connection) as cursor:
        return [cursor.execute(f"SHOW {name}").fetchone() for name in SETTINGS]


def test_time_outs_hold_for_our_statements_only(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection = connect()
    connection.execute(
        "SET LOCAL lock_timeout = '7s'; SET statement_timeout = '1h'; SET LOCAL client_encoding = 'LATIN1'"
    )
    before = settings_of(connection)
    with on_postgres.within(connection) as inside:
        assert settings_of(connection) == before
        inside.track(ALICE, "page.visit", {"url": "/ü€"})
        inside.track(ALICE, "shop.€")
        inside.profile(ALICE)
        assert settings_of(connection) == before
    assert settings_of(connection) == before
    connection.commit()
    assert connection.execute("SHOW statement_timeout").fetchone() == ("1h",)
    assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)
    assert on_postgres.timeline(ALICE)[0].params == {"url": "/ü€"}


def test_they_are_put_back_after_an_exception(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection = connect()
    connection.execute("SET LOCAL lock_timeout = '7s'")
    before = settings_of(connection)
    with given_up(on_postgres.within(connection)) as inside:
        inside.track(ALICE, "page.visit", {"url": "/"})
    assert settings_of(connection) == before


def test_the_factories_and_adapters_of_psycopg_are_the_hosts_own(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    class Cursor(psycopg.ClientCursor[Any]):
        """What the host has of its own."""

    class Nothing(psycopg.adapt.Loader):
        def load(self, data: Any) -> None:
            """Everything is nothing."""

    connection = connect(row_factory=dict_row, cursor_factory=Cursor)
    for name in ("uuid", "bytea", "text", "int8", "int4", "name"):
        connection.adapters.register_loader(name, Nothing)
    with on_postgres.within(connection) as inside:
        assert inside.track_many([visit(ALICE, n) for n in range(3)])[0].status == "accepted"
        assert inside.profile(ALICE).counts == {"page.visit": 3}
        assert len(inside.timeline(ALICE)) == 4
    assert connection.row_factory is dict_row
    assert connection.cursor_factory is Cursor
    connection.commit()
    assert on_postgres.profile(ALICE).counts == {"page.visit": 3}


def test_statements_that_the_host_has_prepared_are_not_mixed_up_with_ours(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection = connect(prepare_threshold=0)
    for n in range(10):
        assert connection.execute("SELECT %s::int", (n,)).fetchone() == (n,)
        with on_postgres.within(connection) as inside:
            inside.track(ALICE, "page.visit", {"url": f"/{n}"})
    prepared = connection.execute(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%log%'", prepare=False
    )
    assert prepared.fetchone() == (0,)


def test_notices_and_notifications_go_to_the_host(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection, another = connect(), connect(autocommit=True)
    heard: list[str] = []
    connection.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
    connection.add_notify_handler(lambda notify: heard.append(notify.payload))
    connection.execute("LISTEN orders")
    connection.commit()
    another.execute("NOTIFY orders, 'shipped'")
    with on_postgres.within(connection) as inside:
        inside.track(ALICE, "page.visit", {"url": "/"})
        connection.execute("DO $$ BEGIN RAISE NOTICE 'told'; END $$")
    connection.commit()
    connection.execute("SELECT 1")
    assert heard == ["told", "shipped"] or heard == ["shipped", "told"]


def test_nobody_is_warned_of_a_connection_left_open(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection = connect()
    with on_postgres.within(connection) as inside:
        inside.track(ALICE, "page.visit", {"url": "/"})
    del inside
    gc.collect()  # warnings are errors here
    connection.commit()
    assert not connection.closed


def test_no_search_path_of_the_host_is_relied_on(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection = connect()
    connection.execute("CREATE SCHEMA elsewhere")
    connection.execute("SET LOCAL search_path = elsewhere")
    with on_postgres.within(connection) as inside:
        inside.track(ALICE, "page.visit", {"url": "/"})
        inside.track(ALICE, "shop.unheard-of")
        assert inside.profile(ALICE).counts == {"page.visit": 1}
    assert connection.execute("SHOW search_path").fetchone() == ("elsewhere",)


def test_an_isolation_that_sees_one_moment_takes_events_as_well(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection = connect()
    connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    for _ in range(2):
        with on_postgres.within(connection) as inside:
            results = inside.track_many([visit(ALICE, 1), visit(BOB, 1)]) + inside.track_many([visit(ALICE, 1)])
        connection.commit()
    assert [one.status for one in results] == ["duplicate"] * 3
    assert on_postgres.profile(ALICE).counts == {"page.visit": 1}


def test_the_factories_of_sqlite3_are_the_hosts_own(on_sqlite: footfall.Engine, sqlite_url: str) -> None:
    with closing(sqlite3.connect(file_of(sqlite_url))) as connection:
        connection.row_factory, connection.text_factory = as_list, bytes
        with on_sqlite.within(connection) as inside:
            connection.execute("INSERT INTO orders VALUES (1)")
            inside.track_many([visit(ALICE, 1), {**visit(ALICE, 2), "action": "shop.unheard-of"}])
            assert connection.execute("SELECT 'told'").fetchone() == [b"told"]
            assert inside.timeline(ALICE)[0].action == "page.visit"
        assert connection.row_factory is as_list
        assert connection.text_factory is bytes
        connection.commit()
    assert on_sqlite.profile(ALICE).counts == {"page.visit": 1}


def test_the_patience_of_sqlite3_is_the_hosts_own(on_sqlite: footfall.Engine, sqlite_url: str) -> None:
    with closing(sqlite3.connect(file_of(sqlite_url), timeout=3)) as connection:
        with on_sqlite.within(connection):
            assert connection.execute("PRAGMA busy_timeout").fetchone() == (3000,)
        connection.rollback()


def test_nothing_of_ours_is_left_on_a_connection_of_sqlite3(on_sqlite: footfall.Engine, sqlite_url: str) -> None:
    with closing(sqlite3.connect(file_of(sqlite_url))) as connection:
        reading = connection.execute("SELECT value FROM json_each('[1, 2, 3]')")
        assert next(reading) == (1,)  # what the host has begun to read it reads to its end
        with on_sqlite.within(connection) as inside:
            inside.track_many([visit(ALICE, 1), visit(BOB, 1)])
        assert list(reading) == [(2,), (3,)]
        assert connection.execute("SELECT name FROM temp.sqlite_master").fetchall() == []
        connection.commit()


def test_sqlalchemy_begins_in_its_own_way_and_commits(on_sqlite: footfall.Engine, sqlite_url: str) -> None:
    pool = create_engine(sqlite_url)
    event.listen(pool, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(pool, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with pool.connect() as connection:
        with on_sqlite.within(connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})
        connection.commit()
        assert connection.execute(text("SELECT count(*) FROM orders")).scalar() == 0
    pool.dispose()
    assert on_sqlite.profile(ALICE).counts == {"page.visit": 1}
