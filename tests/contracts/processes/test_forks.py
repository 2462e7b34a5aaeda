"""An engine in a child that was forked after it was opened works as if it had been opened there."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from threading import Barrier, Event, Thread
from typing import Any
from uuid import UUID

import psutil  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa

import footfall
import footfall.testing
from footfall.application.ports.errors import ForkedInTransaction
from footfall.application.running.retries import gc_paused
from footfall.infrastructure.database import database as databases
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, BOB, OpenEngine, execute, parts_of, statuses, visit
from tests.forks import STUCK_SECONDS, ForkedChild

pytestmark = pytest.mark.databases

CHILDREN = 6
NUMBER = sa.text(
    "INSERT INTO footfall.parked (projection, customer, partition, position, parked_at, error) "
    "VALUES ('nothing', :customer, 0, 1, 1, '')"
)


@contextmanager
def held_elsewhere(work: Callable[[Event, Event], None]) -> Iterator[Event]:
    """A thread that is in the middle of something until it is told to go on, or it is over."""
    begun, go_on = Event(), Event()
    thread = Thread(target=work, args=(begun, go_on))
    thread.start()
    try:
        assert begun.wait(120)
        yield go_on
    finally:
        go_on.set()
        thread.join()


def test_children_and_their_parent_write_and_read_at_once(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])

    def work(me: int) -> list[str]:
        answers = []
        for n in range(10):
            answers += statuses(engine.track_many([visit(ALICE, n, f"/{me}"), visit(BOB, n, f"/{me}")]))
            assert engine.profile(ALICE).events > n + 1
            assert engine.stats(fresh=True).events > 0
        return answers

    with ExitStack() as running:
        children = [running.enter_context(ForkedChild(lambda me=me: work(me))) for me in range(CHILDREN)]  # type: ignore[misc]
        assert set(work(CHILDREN)) == {"accepted"}
        assert all(set(child.outcome()) == {"accepted"} for child in children)
    assert engine.profile(ALICE).events == 1 + 10 * (CHILDREN + 1)
    assert engine.profile(BOB).events == 10 * (CHILDREN + 1)


def test_a_child_of_a_busy_engine_is_never_stuck(engine: footfall.Engine) -> None:
    engine.start(timedelta(milliseconds=10))
    over = Event()

    def busy(me: int) -> None:
        for n in range(100_000):
            if over.is_set():
                break
            engine.track_many([visit(BOB, n / 100, f"/{me}")])

    threads = [Thread(target=busy, args=(me,)) for me in range(3)]
    for thread in threads:
        thread.start()
    try:
        for round_ in range(8):
            with ForkedChild(lambda: statuses(engine.track_many([visit(ALICE, round_)]))) as child:  # noqa: B023
                assert child.outcome() == ["accepted"]
    finally:
        over.set()
        for thread in threads:
            thread.join()
        engine.stop()
    assert engine.profile(ALICE).events == 8


def test_jobs_run_in_a_child_once_it_starts_them(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    engine.start("1h")
    assert eventually(lambda: engine.status().jobs)
    execute_again = visit(BOB, 0)

    def work() -> tuple[int, bool]:
        inherited = threading.active_count()
        engine.track_many([execute_again])
        engine.start(timedelta(milliseconds=20))
        assert eventually(lambda: [entry for entry in engine.timeline(BOB) if entry.action == "session.end"])
        return inherited, engine.stop()

    with ForkedChild(work) as child:
        assert child.outcome() == (1, True)
    assert engine.stop()


def test_a_child_of_a_child_works_too(engine: footfall.Engine) -> None:
    def grandchild() -> list[str]:
        return statuses(engine.track_many([visit(ALICE, 2)]))

    def work() -> list[str]:
        engine.track_many([visit(ALICE, 1)])
        with ForkedChild(grandchild) as child:
            return child.outcome()  # type: ignore[no-any-return]

    engine.track_many([visit(ALICE, 0)])
    with ForkedChild(work) as child:
        assert child.outcome() == ["accepted"]
    assert engine.profile(ALICE).events == 3


def test_a_child_may_close_its_engine_and_the_parent_keeps_its_own(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])

    def work() -> int:
        with engine:
            return engine.profile(ALICE).events

    for _ in range(3):
        with ForkedChild(work) as child:
            assert child.outcome() == 1
    assert statuses(engine.track_many([visit(ALICE, 1)])) == ["accepted"]


def test_the_server_hears_nothing_of_a_child(engine_at: OpenEngine, postgres_url: str) -> None:
    engine = engine_at(postgres_url)
    database = parts_of(engine).database

    def backend() -> int:
        with database.read() as connection:
            return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    def work() -> tuple[int, list[int]]:
        sockets = [one.pid for one in psutil.Process().net_connections("unix") if ".s.PGSQL" in str(one.raddr)]
        there = backend()
        engine.close()
        gc.collect()
        return there, sockets

    before = backend()
    with ForkedChild(work) as child:
        there, sockets = child.outcome()
    assert (sockets, there != before, backend()) == ([], True, before)


# The process is forked once a thread has begun to import what jobs need, and its child needs that, too.
FORKED_WHILE_IMPORTING = """
import os, sys, threading, time
import footfall

begun = threading.Event()

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "apscheduler.schedulers.base":
            sys.meta_path.remove(self)
            begun.set()
            time.sleep(0.3)

engine = footfall.open(sys.argv[1])
sys.meta_path.insert(0, Slow())
starting = threading.Thread(target=engine.start)
starting.start()
begun.wait()
if (child := os.fork()) == 0:
    engine.start()
    os._exit(7 if engine.stop() else 8)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
starting.join()
engine.close()
"""


def test_a_child_that_is_forked_while_its_parent_first_starts_jobs_starts_them(sqlite_url: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKED_WHILE_IMPORTING, sqlite_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=STUCK_SECONDS)
    assert (done.stdout, done.stderr) == ("7\n", "")


def test_locks_of_a_parent_that_is_killed_are_free_though_its_child_lives(
    engine_at: OpenEngine, postgres_url: str
) -> None:
    engine = engine_at(postgres_url)
    reading, writing = os.pipe()

    def parent() -> None:
        own = footfall.open(postgres_url)
        with parts_of(own).log.transaction([ALICE]), ForkedChild(lambda: time.sleep(3600)) as child:
            os.write(writing, str(child.pid).encode())
            time.sleep(3600)

    with ForkedChild(parent) as killed:
        grandchild = int(os.read(reading, 20))
    try:
        assert eventually(lambda: not psutil.pid_exists(killed.pid))
        assert eventually(lambda: went_in(engine))
    finally:
        os.kill(grandchild, signal.SIGKILL)
        os.close(reading)
        os.close(writing)


def went_in(engine: footfall.Engine) -> bool:
    try:
        return statuses(engine.track_many([visit(ALICE, 0)])) == ["accepted"]
    except footfall.StoreBusy:
        return False


def test_a_transaction_is_ended_by_the_process_that_began_it(engine: footfall.Engine) -> None:
    database = parts_of(engine).views_database

    def number(who: UUID) -> None:
        connection.execute(NUMBER, {"customer": who.bytes if database.dialect.one_writer else who})

    def leave_it() -> None:
        transaction.__exit__(None, None, None)

    def leave_it_with_an_error() -> None:
        error = ValueError("from the child")
        transaction.__exit__(ValueError, error, None)
        raise error

    def go_on_with_it() -> None:
        try:
            number(BOB)
        except Exception as error:
            transaction.__exit__(type(error), error, error.__traceback__)
            raise

    transaction = database.write()
    connection = transaction.__enter__()
    number(ALICE)
    for work in (leave_it, go_on_with_it):
        with ForkedChild(lambda: refusal(work)) as child:  # noqa: B023
            assert "forked within this transaction" in child.outcome()
    with ForkedChild(leave_it_with_an_error) as child, pytest.raises(AssertionError, match="from the child"):
        child.outcome()
    transaction.__exit__(None, None, None)
    with database.write() as again:
        assert again.exec_driver_sql("SELECT count(*) FROM footfall.parked").scalar_one() == 1
        again.exec_driver_sql("DELETE FROM footfall.parked")


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(ForkedInTransaction) as refused:
        work()
    return str(refused.value)


def test_a_fork_waits_for_transactions_of_other_threads_on_sqlite(engine_at: OpenEngine, sqlite_url: str) -> None:
    engine = engine_at(sqlite_url)
    database = parts_of(engine).database

    def transaction(begun: Event, go_on: Event) -> None:
        with database.write():
            begun.set()
            assert eventually(lambda: database.queue._forks)
            go_on.wait(0.2)

    with held_elsewhere(transaction), ForkedChild(lambda: statuses(engine.track_many([visit(ALICE, 0)]))) as child:
        assert child.outcome() == ["accepted"]


@pytest.mark.parametrize("table", ["jobs", "parked"])
def test_a_child_refuses_a_file_that_was_being_changed(
    engine_at: OpenEngine, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    engine = engine_at(sqlite_url)
    parts = parts_of(engine)
    database = parts.views_database if table == "parked" else parts.database
    insert = NUMBER if table == "parked" else sa.text("INSERT INTO footfall.jobs (job) VALUES (:customer)")
    monkeypatch.setattr(databases, "QUIET_SECONDS", 0.05)

    def transaction(begun: Event, go_on: Event) -> None:
        with database.write() as connection:
            connection.execute(insert, {"customer": ALICE.bytes})
            begun.set()
            go_on.wait(240)
            connection.execute(insert, {"customer": BOB.bytes})

    def work() -> tuple[str, str, str]:
        with ForkedChild(lambda: refusal(lambda: engine.profile(ALICE))) as grandchild:
            beneath = grandchild.outcome()
        return refusal(lambda: engine.profile(ALICE)), refusal(lambda: footfall.open(sqlite_url)), beneath

    with held_elsewhere(transaction) as go_on:
        with ForkedChild(work) as child:
            assert all("Fork while the engine is at rest" in text for text in child.outcome())
        go_on.set()
    assert eventually(lambda: not database.queue.taken)
    assert execute(sqlite_url, f"SELECT count(*) FROM footfall.{table}") == [(2,)]
    assert execute(sqlite_url, "PRAGMA integrity_check") == [("ok",)]
    monkeypatch.undo()
    with ForkedChild(lambda: statuses(engine.track_many([visit(ALICE, 0)]))) as child:
        assert child.outcome() == ["accepted"]


def test_a_rebuild_of_the_parent_is_waited_for_in_a_child(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    database = parts_of(engine).views_database

    def rebuild(begun: Event, go_on: Event) -> None:
        with database.alone("rebuild"):
            begun.set()
            go_on.wait(240)

    def work() -> tuple[list[str], float]:
        return engine.rebuild("profiles"), time.monotonic()

    with held_elsewhere(rebuild) as go_on, ForkedChild(work) as child:
        time.sleep(0.3)  # time enough for a child that does not wait
        over = time.monotonic()
        go_on.set()
        names, ended = child.outcome()
    assert names == ["profiles"]
    assert over < ended


def test_a_subscription_goes_on_in_both(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, n) for n in range(5)])
    subscription = engine.subscribe({"page.visit"}, after="start")
    first = [next(subscription).event_id for _ in range(2)]

    def rest() -> list[str]:
        return [next(subscription).event_id for _ in range(5)]

    with ForkedChild(rest) as child:
        engine.track_many([visit(ALICE, n) for n in range(5, 7)])
        here, there = rest(), child.outcome()
    assert here == there
    assert len({*first, *here}) == 7


def test_a_subscription_that_another_thread_reads_can_be_closed_and_read_in_a_child(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    subscription = engine.subscribe({"page.visit"}, after="start")
    reader = Thread(target=lambda: [None for _ in subscription])
    reader.start()
    assert eventually(lambda: subscription.cursor != ".".join(["0"] * len(subscription.cursor.split("."))))

    def work(url: str) -> tuple[str, list[object]]:
        engine.track_many([visit(ALICE, 1, url)])
        while (found := next(subscription)).params["url"] != url:
            pass
        subscription.close()
        return found.action, list(subscription)

    try:
        for n in range(3):
            with ForkedChild(lambda: work(f"/{n}")) as child:  # noqa: B023
                assert child.outcome() == ("page.visit", [])
    finally:
        subscription.close()
        reader.join()


def test_a_child_collects_its_garbage_though_another_thread_kept_that_from_running() -> None:
    def batch(begun: Event, go_on: Event) -> None:
        with gc_paused():
            begun.set()
            go_on.wait(240)

    assert gc.isenabled()
    with held_elsewhere(batch), ForkedChild(gc.isenabled) as child:
        assert child.outcome()
    assert gc.isenabled()


def test_an_engine_in_memory_works_in_a_child_while_another_thread_writes() -> None:
    engine = footfall.testing.open()

    def transaction(begun: Event, go_on: Event) -> None:
        with engine._parts.log.transaction([BOB]):
            begun.set()
            go_on.wait(240)

    def work() -> tuple[list[str], int]:
        return statuses(engine.track_many([visit(ALICE, 0)])), engine.stats().events

    with held_elsewhere(transaction), ForkedChild(work) as child:
        assert child.outcome() == (["accepted"], 1)


def test_callers_asleep_in_the_parent_leave_nothing_behind_in_a_child(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url, lock_timeout=timedelta(minutes=4))
    parts, together = parts_of(engine), Barrier(4)
    apart = UUID(int=BOB.int + 1)  # in another partition, where there are several

    def send(me: int) -> None:
        together.wait(60)
        engine.track_many([visit(BOB, me)])

    with parts.log.transaction([BOB]):
        threads = [Thread(target=send, args=(me,)) for me in range(3)]
        for thread in threads:
            thread.start()
        together.wait(60)
        taking: Any = parts.ingest._take
        assert eventually(lambda: taking._line._under_way)
        if not parts.database.dialect.one_writer:  # there, a thread that forks in a transaction has no use of the file
            with ForkedChild(lambda: statuses(engine.track_many([visit(apart, 0)]))) as child:
                assert child.outcome() == ["accepted"]
    for thread in threads:
        thread.join()
    with ForkedChild(lambda: statuses(engine.track_many([visit(apart, 1)]))) as child:
        assert child.outcome() == ["accepted"]
    assert engine.profile(BOB).events == 3


def test_threads_may_fork_at_once(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])

    def fork_again_and_again(me: int) -> list[list[str]]:
        answers = []
        for n in range(4):
            with ForkedChild(lambda: statuses(engine.track_many([visit(BOB, 10 * me + n)]))) as child:  # noqa: B023
                answers.append(child.outcome())
        return answers

    with ThreadPoolExecutor(3) as threads:
        assert [*threads.map(fork_again_and_again, range(3))] == [[["accepted"]] * 4] * 3
    assert engine.profile(BOB).events == 12
