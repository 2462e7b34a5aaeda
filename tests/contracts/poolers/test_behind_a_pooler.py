"""PostgreSQL behind PgBouncer, which gives each transaction, or each connection, whatever session is free."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

import footfall
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, BOB, OpenEngine, crowd, visit
from tests.poolers import Pooler
from tests.torture.watch.plain_sql import libpq

pytestmark = pytest.mark.direct


@pytest.fixture(params=["session", "transaction"])
def pooled_url(request: pytest.FixtureRequest, postgres_server: str, postgres_url: str) -> Iterator[str]:
    """A fresh database through a pooler that has few connections to the server."""
    with Pooler(postgres_server, request.param, size=20 if request.param == "session" else 6) as pooler:
        yield pooler.url(postgres_url)


def schemas(url: str) -> set[str]:
    """The schemas in which a database has tables."""
    with psycopg.connect(libpq(url)) as connection:
        return {name for (name,) in connection.execute("SELECT DISTINCT schemaname FROM pg_tables")} - {
            "pg_catalog",
            "information_schema",
        }


def test_tables_land_in_the_schema_that_is_named(engine_at: OpenEngine, pooled_url: str, postgres_url: str) -> None:
    with closing(engine_at(pooled_url)) as one, closing(engine_at(pooled_url, schema="other")) as other:
        one.track_many([visit(ALICE, 0)])
        other.track_many([visit(BOB, 0)])
        one.rebuild()
        assert (one.profile(BOB).events, other.profile(ALICE).events) == (0, 0)
        assert one.verify().ok
    assert schemas(postgres_url) == {"footfall", "other"}


def test_a_store_is_the_same_whichever_way_it_is_reached(
    engine_at: OpenEngine, pooled_url: str, postgres_url: str
) -> None:
    through, direct = engine_at(pooled_url), engine_at(postgres_url)
    through.track_many(crowd(20))
    direct.track_many(crowd(20, visits=4))
    assert through.profile(ALICE) == direct.profile(ALICE)
    assert through.stats(fresh=True) == direct.stats(fresh=True)
    assert through.stats().events == 80


def test_status_tells_how_the_store_is_reached(engine_at: OpenEngine, pooled_url: str, postgres_url: str) -> None:
    ways = [engine_at(url).status() for url in (postgres_url, pooled_url)]
    ways.append(engine_at(pooled_url, listen_url=postgres_url).status())
    assert [(one.connection, one.wakeups) for one in ways] == [
        ("direct", "notifications"),
        ("through a pooler", "polling"),
        ("through a pooler", "notifications"),
    ]


@pytest.mark.parametrize("listens", [True, False])
def test_a_subscription_hears_of_what_is_committed(
    engine_at: OpenEngine, pooled_url: str, postgres_url: str, listens: bool
) -> None:
    options = {"listen_url": postgres_url} if listens else {}
    engine, heard = engine_at(pooled_url, **options), list[str]()
    subscription = engine.subscribe(["page.visit"])
    listener = threading.Thread(target=lambda: heard.extend(event.uuid for event in subscription))
    listener.start()
    engine.track_many([visit(ALICE, 0), visit(BOB, 0)])
    eventually(lambda: len(heard) == 2)
    subscription.close()
    listener.join()
    assert sorted(heard) == sorted(map(str, (ALICE, BOB)))


def test_waits_are_bounded_whichever_session_a_transaction_has(
    engine_at: OpenEngine, pooled_url: str, postgres_url: str
) -> None:
    engine = engine_at(pooled_url, lock_timeout=timedelta(milliseconds=200))
    with psycopg.connect(libpq(postgres_url)) as holder:
        holder.execute("LOCK TABLE footfall.log IN ACCESS EXCLUSIVE MODE")
        for _ in range(8):  # more often than the pooler has sessions
            with pytest.raises(footfall.StoreBusy):
                engine.track(uuid4(), "page.visit", {"url": "/"})


def test_nothing_of_a_transaction_is_left_in_its_session(engine_at: OpenEngine, pooled_url: str) -> None:
    engine = engine_at(pooled_url, lock_timeout=timedelta(milliseconds=123))
    with ThreadPoolExecutor(8) as threads:
        assert {one.status for one in threads.map(lambda _: engine.track(uuid4(), "button.click"), range(60))} == {
            footfall.Status.ACCEPTED
        }
    with psycopg.connect(libpq(pooled_url), autocommit=True, prepare_threshold=None) as host:
        for _ in range(8):
            assert host.execute("SHOW lock_timeout").fetchone() == ("0",)
            assert host.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
            held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            assert host.execute(held).fetchone() == (0,)


def test_a_pooler_that_is_started_anew_costs_no_acknowledged_event(
    engine_at: OpenEngine, postgres_server: str, postgres_url: str
) -> None:
    with Pooler(postgres_server, "transaction") as pooler:
        engine = engine_at(pooler.url(postgres_url))
        acknowledged, stop = list[str](), threading.Event()

        def write() -> None:
            while not stop.is_set():
                event_id = uuid4()
                while not stop.is_set():
                    try:
                        engine.track(uuid4(), "button.click", event_id=event_id)
                    except (footfall.StoreUnavailable, footfall.StoreBusy):
                        continue
                    acknowledged.append(str(event_id))
                    break

        writers = [threading.Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        for _ in range(3):
            time.sleep(0.5)
            pooler.kill()
            pooler.start()
        before = len(acknowledged)
        eventually(lambda: len(acknowledged) > before)
        stop.set()
        for writer in writers:
            writer.join()
        assert engine.verify().ok
    with psycopg.connect(libpq(postgres_url)) as direct:
        stored = [str(one) for (one,) in direct.execute("SELECT event_id FROM footfall.log WHERE topic = 'activity'")]
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))


def test_a_long_work_of_one_process_keeps_others_waiting(engine_at: OpenEngine, pooled_url: str) -> None:
    one, other = engine_at(pooled_url), engine_at(pooled_url)
    one.track_many(crowd(50))
    with ThreadPoolExecutor(2) as threads:
        assert [done.result() for done in [threads.submit(one.rebuild), threads.submit(other.rebuild)]]
    assert one.verify().ok


def test_a_host_lends_a_connection_through_it(engine_at: OpenEngine, pooled_url: str, postgres_url: str) -> None:
    through, direct = engine_at(pooled_url), engine_at(postgres_url)
    with psycopg.connect(libpq(pooled_url), prepare_threshold=None) as host:
        host.execute("CREATE TABLE orders (number int)")
        for n, engine in enumerate((through, direct) * 5):
            host.execute("INSERT INTO orders VALUES (%s)", (n,))
            with engine.within(host) as inside:
                inside.track_many([visit(ALICE, n), visit(BOB, n)])
            host.rollback() if n == 7 else host.commit()
        assert host.execute("SHOW lock_timeout").fetchone() == ("0",)
        assert host.execute("SELECT count(*) FROM orders").fetchone() == (9,)
    assert direct.profile(ALICE).counts == {"page.visit": 9}
