"""A closed engine says that it is closed, and opens nothing again."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

import footfall
from tests.contracts.connected import OTHERS, connections
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, BOB, OpenEngine, parts_of, statuses, visit

NEEDED: dict[str, tuple[Any, ...]] = {
    "track": (ALICE, "page.visit", {"url": "/"}),
    "track_many": ([visit(ALICE, 1)],),
    "update": (ALICE, {"city": "Brno"}),
    "update_many": ([{"uuid": ALICE, "attributes": {"city": "Brno"}}],),
    "charge": (ALICE, "o-1", [{"sku": "shirt"}]),
    "charge_many": ([{"uuid": ALICE, "order_id": "o-1", "items": [{"sku": "shirt"}]}],),
    "import_lines": ([], print),
    "define": ("shop.seen",),
    "undefine": ("shop.seen",),
    "set_session_timeout": ("10m",),
    "create_key": ("shop",),
    "create_server_key": ("backend",),
    "rotate_key": ("backend",),
    "revoke_key": ("backend",),
    "use_key": ("key_1",),
    "distrust": ("https://login.shop.example",),
    "trust": ("no keys at all",),
    "take_in": ([],),
    "session": (ALICE,),
    "what_if": ("10m",),
    "rows": ("profiles",),
    "check_workers": (1,),
    "within": (None,),
}
NAMED = {"trust": {"issuer": "https://login.shop.example", "audience": "footfall"}}
METHODS = [
    name for name, _ in inspect.getmembers(footfall.Engine, inspect.isfunction) if name[0] != "_" and name != "close"
]


def arguments_of(name: str) -> tuple[Any, ...]:
    of_one_customer = {"profile", "timeline", "page_visits", "partition_of"}
    return (ALICE,) if name in of_one_customer else NEEDED.get(name, ())


def call(engine: footfall.Engine, name: str) -> None:
    """Call a method, and enter what it gives for a block."""
    answer = getattr(engine, name)(*arguments_of(name), **NAMED.get(name, {}))
    if isinstance(answer, AbstractContextManager):
        answer.__enter__()


@pytest.mark.parametrize("name", METHODS)
def test_every_call_is_refused(engine_at: OpenEngine, memory_url: str, name: str) -> None:
    engine = engine_at(memory_url)
    engine.close()
    with pytest.raises(footfall.EngineClosed, match="closed"):
        call(engine, name)


def test_on_a_database_nothing_is_opened_again(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    engine.track_many([visit(ALICE, 0)])
    engine.start(timedelta(milliseconds=20))
    list(engine.subscribe(after="start", follow=False))
    engine.close()
    engine.close()
    assert not opened(database_url)
    for name in METHODS:
        with pytest.raises(footfall.EngineClosed, match="closed"):
            call(engine, name)
    assert not opened(database_url)
    again = engine_at(database_url)
    assert statuses(again.track_many([visit(ALICE, 0)])) == ["duplicate"]


def opened(url: str) -> bool:
    """Whether this process holds files of a store open, or a server has connections to it."""
    if url.startswith("sqlite"):
        file = url.removeprefix("sqlite:///").removesuffix(".db")
        return any(one.path.startswith(file) for one in psutil.Process().open_files())
    # A server takes a moment to see that a connection is closed.
    return not eventually(lambda: connections(url, OTHERS) == 0)


def closes_meanwhile(engine: footfall.Engine, call: Callable[[Callable[[], None]], Any]) -> BaseException | None:
    """What a call raises that another thread closes the engine under; it is given what to call in its middle."""
    begun, closed, raised = Event(), Event(), []

    def meanwhile() -> None:
        begun.set()
        closed.wait(120)

    def work() -> None:
        try:
            call(meanwhile)
        except BaseException as error:
            raised.append(error)

    thread = Thread(target=work)
    thread.start()
    assert begun.wait(120)
    engine.close()
    closed.set()
    thread.join(120)
    assert not thread.is_alive()
    return raised[0] if raised else None


def test_an_import_that_is_under_way_is_told(engine: footfall.Engine, engine_at: OpenEngine, database_url: str) -> None:
    own = engine_at(database_url)

    def lines(meanwhile: Callable[[], None]) -> Any:
        for n in range(2_000):
            if n == 700:
                meanwhile()
            yield visit(BOB, n / 10)

    error = closes_meanwhile(own, lambda meanwhile: own.track_many(lines(meanwhile)))
    assert isinstance(error, footfall.EngineClosed)
    assert engine.profile(BOB).events == 500


def test_a_rebuild_that_is_under_way_is_told(engine: footfall.Engine, engine_at: OpenEngine, database_url: str) -> None:
    engine.track_many([visit(ALICE, 0)])
    own = engine_at(database_url)
    error = closes_meanwhile(own, lambda meanwhile: own.rebuild(progress=lambda _: meanwhile()))
    assert isinstance(error, footfall.EngineClosed)
    assert engine.rebuild()


def test_a_call_that_waits_for_a_connection_is_told_at_once(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    queue = parts_of(engine).database.queue
    queue.seconds = 3600

    def wait(meanwhile: Callable[[], None]) -> None:
        held = [queue.permit(lasting=True) for _ in range(15)]
        for one in held:
            one.__enter__()
        closing = Thread(target=meanwhile)
        closing.start()
        engine._parts.log.positions()

    assert isinstance(closes_meanwhile(engine, wait), footfall.EngineClosed)


def test_a_transaction_that_is_under_way_is_committed(
    engine: footfall.Engine, engine_at: OpenEngine, database_url: str
) -> None:
    own = engine_at(database_url)
    database = parts_of(own).database

    def number(meanwhile: Callable[[], None]) -> None:
        with database.write() as connection:
            connection.exec_driver_sql("INSERT INTO footfall.jobs (job, succeeded_at) VALUES ('test', 1)")
            meanwhile()

    assert closes_meanwhile(own, number) is None
    assert [job.job for job in engine.status().jobs] == ["test"]


def test_a_subscription_ends(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    engine.track_many([visit(ALICE, 0)])
    subscription = engine.subscribe(after="start")

    def read(meanwhile: Callable[[], None]) -> None:
        next(subscription)
        meanwhile()
        assert list(subscription) == []

    assert closes_meanwhile(engine, read) is None


def test_a_background_job_that_outlasts_it_is_not_told_of_as_a_failure(
    engine_at: OpenEngine, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = engine_at(sqlite_url)
    parts = parts_of(engine)
    begun, closed = Event(), Event()

    def work(_stopping: Any) -> None:
        begun.set()
        assert closed.wait(120)
        parts.log.positions()

    job = parts.scheduler._jobs[0]._replace(work=work)
    thread = Thread(target=parts.scheduler._run, args=(job,))
    thread.start()
    assert begun.wait(120)
    engine.close()
    closed.set()
    thread.join()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
