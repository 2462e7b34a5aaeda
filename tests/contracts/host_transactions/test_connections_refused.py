"""A connection that cannot be lent is refused with a reason, and nothing is done to it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, scoped_session, sessionmaker

import footfall
import footfall.testing
from tests.contracts.host_transactions.hosts import (
    Host,
    file_of,
    libpq,
    with_driver,
)
from tests.contracts.servers import fresh_database
from tests.contracts.support import ALICE, OpenEngine

pytestmark = pytest.mark.databases


def refused(engine: footfall.Engine, connection: Any) -> str:
    """Why a connection is refused."""
    with pytest.raises(footfall.InvalidArgument) as error, engine.within(connection):
        pass
    return str(error.value)


@pytest.fixture
def psycopg_connection(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(libpq(postgres_url)) as connection:
        yield connection


def test_without_a_transaction_in_autocommit(engine_at: OpenEngine, sqlite_url: str, postgres_url: str) -> None:
    with closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as connection:
        assert "begin one" in refused(engine_at(sqlite_url), connection)
        assert not connection.in_transaction
    with psycopg.connect(libpq(postgres_url), autocommit=True) as of_postgres:
        assert "begin one" in refused(engine_at(postgres_url), of_postgres)
    for url in (sqlite_url, postgres_url):
        pool = sa.create_engine(with_driver(url), isolation_level="AUTOCOMMIT")
        with pool.connect() as of_sqlalchemy:
            assert "begin one" in refused(engine_at(url), of_sqlalchemy)
        pool.dispose()


@pytest.mark.parametrize("kind", ["Django on SQLite", "Django on PostgreSQL"], indirect=True)
def test_django_outside_of_atomic(engine: footfall.Engine, host: Host) -> None:
    assert "transaction.atomic()" in refused(engine, host.connection)


def test_what_is_no_connection(engine: footfall.Engine, database_url: str) -> None:
    pool = sa.create_engine(with_driver(database_url))
    for one in (None, database_url, pool, Session):
        assert "and not " in refused(engine, one)
    pool.dispose()


def test_another_driver(engine_at: OpenEngine, sqlite_url: str, postgres_url: str) -> None:
    of_postgres = engine_at(postgres_url)
    with closing(sqlite3.connect(file_of(sqlite_url))) as connection:
        assert "takes a connection of psycopg 3" in refused(of_postgres, connection)
    with psycopg.connect(libpq(postgres_url)) as other:
        assert "takes a connection of sqlite3" in refused(engine_at(sqlite_url), other)
    pool = sa.create_engine(libpq(postgres_url).replace("postgresql:", "postgresql+psycopg2:"))
    with pool.connect() as old:
        assert "not psycopg2.extensions.connection" in refused(of_postgres, old)
    pool.dispose()


def test_one_for_asyncio(engine_at: OpenEngine, postgres_url: str) -> None:
    engine = engine_at(postgres_url)

    async def lend() -> str:
        async with await psycopg.AsyncConnection.connect(libpq(postgres_url)) as connection:
            return refused(engine, connection)

    assert "not psycopg.AsyncConnection" in asyncio.run(lend())


def test_another_database(engine_at: OpenEngine, sqlite_url: str, postgres_url: str, postgres_template: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        assert "in memory" in refused(engine_at(sqlite_url), connection)
    with closing(sqlite3.connect(f"{file_of(sqlite_url)}.other")) as connection:
        connection.execute("CREATE TABLE orders (number INTEGER)")
        assert "another database" in refused(engine_at(sqlite_url), connection)
    with fresh_database(postgres_url, postgres_template) as copy, psycopg.connect(libpq(copy)) as other:
        assert "another database" in refused(engine_at(postgres_url), other)


def test_a_database_that_is_attached_to_another(engine_at: OpenEngine, sqlite_url: str) -> None:
    engine = engine_at(sqlite_url)
    with closing(sqlite3.connect(f"{file_of(sqlite_url)}.other")) as connection:
        connection.execute("CREATE TABLE orders (number INTEGER)")
        connection.execute("ATTACH ? AS store", (file_of(sqlite_url),))
        assert "another database" in refused(engine, connection)


def test_one_that_only_reads(
    engine_at: OpenEngine, sqlite_url: str, postgres_url: str, psycopg_connection: psycopg.Connection[Any]
) -> None:
    psycopg_connection.read_only = True
    assert "only reads" in refused(engine_at(postgres_url), psycopg_connection)
    with closing(sqlite3.connect(f"file:{file_of(sqlite_url)}?mode=ro", uri=True)) as connection:
        connection.execute("BEGIN")
        assert "readonly" in refused(engine_at(sqlite_url), connection)


def test_one_whose_transaction_has_failed(
    engine_at: OpenEngine, postgres_url: str, psycopg_connection: psycopg.Connection[Any]
) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        psycopg_connection.execute("SELECT 1 / 0")
    assert "has failed" in refused(engine_at(postgres_url), psycopg_connection)
    psycopg_connection.rollback()


def test_one_in_a_pipeline(
    engine_at: OpenEngine, postgres_url: str, psycopg_connection: psycopg.Connection[Any]
) -> None:
    engine = engine_at(postgres_url)
    with psycopg_connection.pipeline():
        assert "pipeline" in refused(engine, psycopg_connection)


def test_one_that_is_closed(engine_at: OpenEngine, sqlite_url: str, postgres_url: str) -> None:
    of_postgres = psycopg.connect(libpq(postgres_url))
    of_postgres.close()
    assert "closed" in refused(engine_at(postgres_url), of_postgres)
    of_sqlite = sqlite3.connect(file_of(sqlite_url))
    of_sqlite.close()
    assert "closed" in refused(engine_at(sqlite_url), of_sqlite)
    pool = sa.create_engine(sqlite_url)
    of_sqlalchemy = pool.connect()
    of_sqlalchemy.close()
    assert "closed" in refused(engine_at(sqlite_url), of_sqlalchemy)
    pool.dispose()


def test_one_of_another_thread(engine_at: OpenEngine, sqlite_url: str) -> None:
    engine, answers = engine_at(sqlite_url), []
    with closing(sqlite3.connect(file_of(sqlite_url))) as connection:
        thread = threading.Thread(target=lambda: answers.append(refused(engine, connection)))
        thread.start()
        thread.join()
    assert "same thread" in answers[0]


def test_a_session_that_has_no_database_of_its_own(engine_at: OpenEngine, sqlite_url: str) -> None:
    with Session() as session:
        assert "SQLAlchemy says" in refused(engine_at(sqlite_url), session)


def test_a_scoped_session_is_a_session(engine_at: OpenEngine, sqlite_url: str) -> None:
    engine, pool = engine_at(sqlite_url), sa.create_engine(sqlite_url)
    sessions = scoped_session(sessionmaker(pool))
    with engine.within(sessions) as inside:
        inside.track(ALICE, "page.visit", {"url": "/"})
    sessions.commit()
    sessions.remove()
    pool.dispose()
    assert engine.profile(ALICE).counts == {"page.visit": 1}


@pytest.mark.parametrize("kind", ["sqlite3", "psycopg in blocks", "a Session on SQLite"], indirect=True)
def test_a_transaction_that_ends_inside_the_block(engine: footfall.Engine, host: Host, kind: str) -> None:
    def commit_inside() -> None:
        with engine.within(host.connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})
            host.connection.commit()
            inside.track(ALICE, "page.visit", {"url": "/"})

    expected = psycopg.ProgrammingError if kind == "psycopg in blocks" else footfall.InvalidArgument
    with pytest.raises(expected), host.transaction():
        commit_inside()


def test_an_engine_in_memory_is_in_no_database() -> None:
    with (
        closing(sqlite3.connect(":memory:")) as connection,
        footfall.testing.open() as engine,
        pytest.raises(footfall.FootfallError, match="in memory"),
        engine.within(connection),
    ):
        pass
