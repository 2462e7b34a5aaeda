"""Connections, locks and statements that do not come: a clear error within two seconds, and nothing stays taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from threading import Timer
from typing import Any
from uuid import UUID

import psycopg

import footfall
from footfall.infrastructure.database.connections import CONNECTIONS
from tests.contracts.support import parts_of

from ...conftest import Torture
from ...watch.checker import check_store
from ...watch.plain_sql import libpq, query

WITHIN_SECONDS = 2.0
RELEASED_AFTER_SECONDS = 2.5
FOR_EVER = timedelta(minutes=5)
WHO = UUID(int=1, version=4)
CALLS: dict[str, Callable[[footfall.Engine], Any]] = {
    "track": lambda engine: engine.track(WHO, "page.visit", {"url": "/"}),
    "update": lambda engine: engine.update(WHO, {"email": "a@shop.example"}),
    "define": lambda engine: engine.define("cart.open"),
    "sweep": lambda engine: engine.sweep(),
    "profile": lambda engine: engine.profile(WHO),
    "timeline": lambda engine: engine.timeline(WHO),
    "sessions": lambda engine: engine.sessions(WHO, fresh=False),
    "stats": lambda engine: engine.stats(fresh=False),
}
HELD = ("log", "store", "page_visits", "sessions", "profiles", "due")
SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2.5); RETURN NEW; END';
CREATE TRIGGER slow BEFORE INSERT ON footfall.log FOR EACH ROW EXECUTE FUNCTION slow();
"""


def some_calls(torture: Torture, without: object) -> list[str]:
    """The names of calls to make: all of them at full length, and one where it would only show the same again."""
    return torture.rng.sample(sorted(CALLS), 1 if without else torture.scaled(len(CALLS), short=2))


def must_be_busy(torture: Torture, engine: footfall.Engine, name: str, without: object) -> None:
    """Make a call that cannot get what it needs, and see how it ends."""
    torture.tally.cycles += 1
    started = time.monotonic()
    try:
        CALLS[name](engine)
    except footfall.StoreBusy:
        spent = time.monotonic() - started
        if spent > torture.within(WITHIN_SECONDS, without):
            torture.tally.differs(f"{name} ended after {spent:.1f} s")
    else:
        torture.tally.differs(f"{name} went through although all was held")


def must_be_whole(torture: Torture, engine: footfall.Engine, url: str) -> None:
    """Afterwards no connection is taken, every call works, and the store is what its log gives."""
    taken = parts_of(engine).database.queue.taken
    if taken:
        torture.tally.differs(f"{taken} connections stay taken")
    for call in CALLS.values():
        call(engine)
    engine.catch_up()
    check_store(url, torture.tally)


@contextmanager
def tables_held(url: str, seconds: float) -> Iterator[None]:
    """All tables of the store locked by somebody who lets go of them after so long, if it is not over before."""
    with psycopg.connect(libpq(url)) as holder:
        holder.execute(f"LOCK TABLE {', '.join(f'footfall.{table}' for table in HELD)} IN ACCESS EXCLUSIVE MODE")
        letting_go = Timer(seconds, holder.rollback)
        letting_go.start()
        try:
            yield
        finally:
            letting_go.cancel()
            letting_go.join()


def hold_tables(torture: Torture, url: str, patience: timedelta | None) -> None:
    """Calls in turn, with the tables held."""
    with footfall.open(url, partitions=4, lock_timeout=patience) as engine:
        engine.track(WHO, "page.visit", {"url": "/"})
        for name in some_calls(torture, patience):
            with tables_held(url, torture.within(RELEASED_AFTER_SECONDS, patience)):
                must_be_busy(torture, engine, name, patience)
        must_be_whole(torture, engine, url)


def hold_connections(torture: Torture, url: str, patience: float | None) -> None:
    """Calls in turn, with every connection of the pool taken."""
    with footfall.open(url, partitions=4) as engine:
        if patience is not None:
            parts_of(engine).database.queue.seconds = patience
        with ExitStack() as taken:
            for _ in range(CONNECTIONS):
                taken.enter_context(parts_of(engine).database.read())
            for name in some_calls(torture, patience):
                must_be_busy(torture, engine, name, patience)
        must_be_whole(torture, engine, url)


def hold_statements(torture: Torture, url: str, patience: timedelta | None) -> None:
    """Events in, with a database that takes long for a row."""
    with footfall.open(url, partitions=4, statement_timeout=patience or timedelta(seconds=0.5)) as engine:
        query(url, SLOW)
        must_be_busy(torture, engine, "track", patience)
        query(url, "DROP TRIGGER slow ON footfall.log; DROP FUNCTION slow")
        must_be_whole(torture, engine, url)


def test_tables_that_are_held(torture: Torture, postgres_url: str) -> None:
    torture.endure(lambda without: hold_tables(torture, postgres_url, without), FOR_EVER)


def test_control_tables_that_are_held_and_no_lock_timeout(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: hold_tables(torture, postgres_url, without), FOR_EVER)


def test_connections_that_are_all_in_use(torture: Torture, database_url: str) -> None:
    torture.endure(lambda without: hold_connections(torture, database_url, without), RELEASED_AFTER_SECONDS)


def test_control_connections_that_are_all_in_use_and_a_patient_pool(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: hold_connections(torture, database_url, without), RELEASED_AFTER_SECONDS)


def test_statements_that_take_too_long(torture: Torture, postgres_url: str) -> None:
    torture.endure(lambda without: hold_statements(torture, postgres_url, without), FOR_EVER)


def test_control_statements_that_take_too_long_and_no_timeout(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: hold_statements(torture, postgres_url, without), FOR_EVER)
