"""Hosts' transactions beside other writers: who waits for whom, in which order, and what ends a wait."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

import footfall
from footfall.infrastructure.log.dialects.postgres_channel import CHANNEL
from tests.contracts.host_transactions.hosts import Host, create_orders, file_of, given_up, libpq
from tests.contracts.support import ALICE, OpenEngine, gapless, named, versions, visit
from tests.forks import ForkedChild

pytestmark = pytest.mark.databases
SOON = timedelta(seconds=0.2)
LATE = timedelta(seconds=60)
ONE_OF_EACH = ["sqlite3", "psycopg"]


@pytest.fixture
def on_postgres(engine_at: OpenEngine, postgres_url: str) -> footfall.Engine:
    create_orders(postgres_url)
    return engine_at(postgres_url, lock_timeout=LATE)


@pytest.fixture
def connect(postgres_url: str) -> Iterator[Callable[..., psycopg.Connection[Any]]]:
    """Opens connections of psycopg, and closes them."""
    made = []

    def open_connection(**options: Any) -> psycopg.Connection[Any]:
        made.append(psycopg.connect(libpq(postgres_url), **options))
        return made[-1]

    yield open_connection
    for connection in made:
        connection.close()


def of_partition(engine: footfall.Engine, partition: int) -> UUID:
    """A customer of a partition of the log."""
    return next(one for n in range(1_000) if engine.partition_of(one := named(f"one {n}")) == partition)


def test_writers_of_other_partitions_go_on(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection = connect()
    with on_postgres.within(connection) as inside:
        inside.track(of_partition(on_postgres, 1), "page.visit", {"url": "/"})
    assert on_postgres.track(of_partition(on_postgres, 2), "page.visit", {"url": "/"}).status == "accepted"
    assert on_postgres.define("shop.wished").action == "shop.wished"
    connection.commit()


@pytest.mark.parametrize("kind", ONE_OF_EACH, indirect=True)
def test_a_writer_that_waits_too_long_for_the_host_is_told_so(host: Host, engine_at: OpenEngine) -> None:
    engine = engine_at(host.url, lock_timeout=SOON)
    with host.transaction():
        with engine.within(host.connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})
        with pytest.raises(footfall.StoreBusy):
            engine.track(ALICE, "screen.view")
    assert engine.track(ALICE, "screen.view").status == "accepted"
    assert engine.profile(ALICE).counts == {"page.visit": 1, "screen.view": 1}


@pytest.mark.parametrize("kind", ONE_OF_EACH, indirect=True)
def test_a_host_that_waits_too_long_is_told_to_do_it_all_again(host: Host, engine_at: OpenEngine) -> None:
    engine = engine_at(host.url, lock_timeout=SOON)

    def track(one: Host) -> None:
        with engine.within(one.connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})

    with closing(type(host)(host.url)) as first, first.transaction():
        track(first)
        with host.transaction(), pytest.raises(footfall.StoreBusy, match="do the whole transaction again"):
            track(host)
    with host.transaction():
        track(host)
    assert engine.profile(ALICE).counts == {"page.visit": 2}


def test_a_host_that_has_read_what_is_old_by_now_is_told_to_do_it_all_again(
    engine_at: OpenEngine, sqlite_url: str
) -> None:
    engine = engine_at(sqlite_url)
    create_orders(sqlite_url)
    with closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM orders").fetchall()
        engine.track(ALICE, "page.visit", {"url": "/"})
        with pytest.raises(footfall.StoreBusy, match="do the whole transaction again"), engine.within(connection):
            pass
        connection.execute("ROLLBACK")


def test_of_two_hosts_that_wait_for_each_other_one_is_told_to_do_it_all_again(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    customers = [of_partition(on_postgres, partition) for partition in (0, 1)]
    connections = [connect(), connect()]
    for connection, customer in zip(connections, customers, strict=True):
        with on_postgres.within(connection) as inside:
            inside.track(customer, "page.visit", {"url": "/"})

    def track_the_other(n: int) -> str:
        try:
            with on_postgres.within(connections[n]) as inside:
                inside.track(customers[1 - n], "page.visit", {"url": "/"})
            connections[n].commit()
        except footfall.StoreBusy as error:
            connections[n].rollback()
            return str(error)
        return "committed"

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(track_the_other, (0, 1)))
    assert answers[0] == "committed"
    assert "deadlock" in answers[1]
    assert "do the whole transaction again" in answers[1]
    assert [on_postgres.profile(customer).counts for customer in customers] == [{"page.visit": 1}] * 2


def test_a_moment_that_is_past_cannot_be_written_in(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection = connect()
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.execute("SELECT * FROM orders")
    on_postgres.track(ALICE, "page.visit", {"url": "/"})

    def track() -> None:
        with on_postgres.within(connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})

    with pytest.raises(footfall.StoreBusy, match="do the whole transaction again"):
        track()
    connection.rollback()
    track()
    connection.commit()
    assert on_postgres.profile(ALICE).counts == {"page.visit": 2}


@pytest.mark.parametrize(
    "kind", ["sqlite3 begun by hand", "psycopg in blocks", "a Session on PostgreSQL"], indirect=True
)
def test_streams_are_whole_whoever_writes_to_them(engine: footfall.Engine, host: Host, engine_at: OpenEngine) -> None:
    patient = engine_at(host.url, lock_timeout=LATE)

    def as_host(number: int) -> None:
        with closing(type(host)(host.url)) as own:
            for n in range(10):
                with own.transaction():
                    own.order(100 * number + n)
                    with patient.within(own.connection) as inside:
                        inside.track_many([visit(named(f"{m}"), n, f"/{number}") for m in range(3)])

    def as_engine(number: int) -> None:
        for n in range(10):
            patient.track_many([visit(named(f"{m}"), n, f"/{number}") for m in range(3)])

    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(work, n) for n, work in enumerate((as_host, as_engine, as_host, as_engine))]
        for one in done:
            one.result()
    assert len(host.orders()) == 20
    assert gapless(versions(host.url).values())
    followed = list(engine.subscribe({"page.visit"}, after="start", follow=False))
    assert len(followed) == 120
    assert engine.stats(fresh=True).page_visits == 120


def test_a_catalogue_that_changes_inside_the_block_is_read_again(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection = connect()
    with on_postgres.within(connection) as inside:
        assert inside.track(ALICE, "shop.wished").reason == "undefined_action"
        on_postgres.define("shop.wished")
        assert inside.track(ALICE, "shop.wished").status == "accepted"
    connection.commit()
    assert on_postgres.profile(ALICE).counts == {"shop.wished": 1}


def test_followers_are_woken_by_the_hosts_commit_each_time(
    on_postgres: footfall.Engine, connect: Callable[..., psycopg.Connection[Any]]
) -> None:
    connection, listening = connect(), connect(autocommit=True)
    listening.execute(f"LISTEN {CHANNEL}")
    for n in range(3):
        with on_postgres.within(connection) as inside:
            with given_up(connection.transaction()):
                inside.track(ALICE, "page.visit", {"url": "/given-up"})
            inside.track(ALICE, "page.visit", {"url": f"/{n}"})
        assert list(listening.notifies(timeout=0)) == []
        connection.commit()
        assert len(list(listening.notifies(timeout=60, stop_after=1))) == 1


def test_sessions_that_began_in_a_hosts_transaction_end(engine: footfall.Engine, host: Host) -> None:
    with host.transaction(), engine.within(host.connection) as inside:
        inside.track_many([visit(ALICE, 1)])
    assert engine.sweep() == 1
    assert [row.activities for row in engine.sessions(ALICE, fresh=True)] == [1]


def test_rejections_that_somebody_holds_are_an_error_of_footfall(engine_at: OpenEngine, postgres_url: str) -> None:
    engine = engine_at(postgres_url)
    with psycopg.connect(libpq(postgres_url)) as host, psycopg.connect(libpq(postgres_url)) as other:
        other.execute("LOCK TABLE footfall.rejections IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(footfall.StoreBusy), engine.within(host) as inside:
            inside.track(ALICE, "shop.unheard")


def test_a_child_that_is_forked_in_the_block_cannot_use_it(engine_at: OpenEngine, sqlite_url: str) -> None:
    engine = engine_at(sqlite_url)
    with closing(sqlite3.connect(file_of(sqlite_url))) as host, engine.within(host) as inside:

        def use_it() -> str:
            try:
                return str(inside.track(ALICE, "button.click").status)
            except footfall.ForkedInTransaction:
                return "refused"

        with ForkedChild(use_it) as child:
            assert child.outcome() == "refused"
