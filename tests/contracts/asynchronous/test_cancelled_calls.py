"""A call whose task is cancelled leaves nothing taken: no connection, no lock, no thread, no place in a queue."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from random import Random
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest

import footfall
from footfall.engine.threads import CALLS
from tests.contracts.connected import OTHERS, connections
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, OpenEngine, execute, gapless, named, parts_of, versions, visit
from tests.forked import Forked

CUSTOMERS = 7
SENT = 400


def cancelled(calls: list[Coroutine[Any, Any, Any]], after: float) -> list[Any]:
    """What becomes of calls that are all cancelled after some seconds."""

    async def work() -> list[Any]:
        tasks = [asyncio.create_task(call) for call in calls]
        await asyncio.sleep(after)
        for task in tasks:
            task.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(work())


def line_of(engine: footfall.Engine) -> Any:
    """The calls that wait for a shared commit."""
    take: Any = engine._ingest._take
    return take._line


def at_rest(engine: footfall.Engine) -> bool:
    """Whether no connection, place in the queue of connections or place among the shared commits is taken."""
    parts = parts_of(engine)
    queue, line = parts.database.queue, line_of(engine)
    return eventually(lambda: not (queue.taken or queue._waiting or line.waiting or line._answered or line._under_way))


async def impatient(engine: footfall.AsyncEngine, events: list[dict[str, Any]], seconds: float) -> str | None:
    """Send, and give up after some seconds; what became of the first event, if an answer came."""
    try:
        async with asyncio.timeout(seconds):
            return str((await engine.track_many(events))[0].status)
    except TimeoutError:
        return None


def test_hundreds_of_cancelled_calls_lose_nothing_and_double_nothing(
    engine_at: OpenEngine, database_url: str, pytestconfig: pytest.Config
) -> None:
    chance = Random(pytestconfig.getoption("seed"))
    opened = engine_at(database_url)
    sent = [visit(named(f"customer {n % CUSTOMERS}"), n, f"/{n}") for n in range(SENT)]

    async def work() -> list[str | None]:
        engine = footfall.AsyncEngine(opened)
        reads = [asyncio.create_task(engine.profile(ALICE)) for _ in range(100)]
        calls = [impatient(engine, [one], chance.choice([0, 0.001, 0.01, 0.1, 60])) for one in sent]
        answers = await asyncio.gather(*calls)
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
        return answers

    answers = asyncio.run(work())
    assert at_rest(opened)
    assert None in answers
    assert "accepted" in answers
    stored = {str(UUID(bytes=one)) if isinstance(one, bytes) else str(one) for (one,) in execute(database_url, EVENTS)}
    assert {str(one["event_id"]) for one, answer in zip(sent, answers, strict=True) if answer} <= stored
    # What was cancelled tells on retry, by its event id, whether it had been stored.
    again = opened.track_many(sent)
    assert {str(one.event_id) for one in again if one.status == "duplicate"} == stored
    assert {str(one.status) for one in again} == {"accepted", "duplicate"}
    assert opened.stats(fresh=True).events == SENT
    assert gapless(versions(database_url).values())
    assert opened.verify().ok


EVENTS = "SELECT event_id FROM footfall.log WHERE action = 'page.visit'"


def test_a_call_that_has_not_begun_never_runs(engine: footfall.Engine) -> None:
    async def work() -> None:
        asynchronous, released, ran = footfall.AsyncEngine(engine), Event(), list[int]()

        def note(_: footfall.Engine, n: int) -> None:
            ran.append(n)

        busy = [asyncio.create_task(asynchronous.run_sync(lambda _: released.wait(60))) for _ in range(CALLS)]
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(asynchronous.run_sync(note, n)) for n in range(50)]
        await asyncio.sleep(0.01)
        for task in waiting[1:]:
            task.cancel()
        await asyncio.gather(*waiting[1:], return_exceptions=True)
        released.set()
        await asyncio.gather(*busy, *waiting, return_exceptions=True)
        assert ran == [0]

    asyncio.run(work())


def hold_commits(engine: footfall.Engine, patch: pytest.MonkeyPatch) -> tuple[Event, Event]:
    """Let commits wait until the second of two events; the first tells that one is under way."""
    begun, released, attempt = Event(), Event(), engine._ingest._attempt

    def held(*arguments: Any) -> Any:
        begun.set()
        assert released.wait(60)
        return attempt(*arguments)

    patch.setattr(engine._ingest, "_attempt", held)
    return begun, released


def test_a_call_that_waits_among_the_shared_commits_is_taken_back(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released = hold_commits(engine, monkeypatch)
    line = line_of(engine)

    async def work() -> None:
        asynchronous = footfall.AsyncEngine(engine)
        first = asyncio.create_task(asynchronous.track_many([visit(ALICE, 0)]))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        calls = [asyncio.create_task(asynchronous.track_many([visit(ALICE, n)])) for n in range(1, CALLS)]
        while len(line.waiting) < CALLS - 1:
            await asyncio.sleep(0.001)
        for call in calls[1:]:
            call.cancel()
        await asyncio.gather(*calls[1:], return_exceptions=True)
        assert len(line.waiting) == 1
        released.set()
        assert [str(one.status) for one in await first + await calls[0]] == ["accepted", "accepted"]

    asyncio.run(work())
    assert engine.profile(ALICE).events == 2
    assert not line._under_way


def test_a_call_that_commits_for_others_is_carried_to_its_end(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released = hold_commits(engine, monkeypatch)

    async def work() -> None:
        asynchronous = footfall.AsyncEngine(engine)
        leading = asyncio.create_task(asynchronous.track_many([visit(ALICE, 0)]))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        leading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leading
        released.set()
        assert str((await asynchronous.track_many([visit(ALICE, 1)]))[0].status) == "accepted"

    asyncio.run(work())
    assert [str(one.status) for one in engine.track_many([visit(ALICE, 0), visit(ALICE, 1)])] == ["duplicate"] * 2


def test_a_long_call_begins_no_further_transaction(engine: footfall.Engine) -> None:
    went, stopped, ended, asked = Event(), Event(), Event(), list[int]()

    def endless() -> Any:
        for n in range(1_000_000):
            asked.append(n)
            if n == 700:
                went.set()
            if n >= 700:
                stopped.wait(0.001)
            yield visit(ALICE, n)

    def long_call(engine: footfall.Engine) -> None:
        try:
            engine.track_many(endless())
        finally:
            ended.set()

    async def work() -> None:
        call = asyncio.create_task(footfall.AsyncEngine(engine).run_sync(long_call))
        while not went.is_set():
            await asyncio.sleep(0.001)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        stopped.set()

    asyncio.run(work())
    assert ended.wait(60)
    assert len(asked) <= 2_500
    assert engine.profile(ALICE).events == 500


def test_a_rebuild_that_is_cancelled_leaves_off_and_can_be_done_again(engine_at: OpenEngine, database_url: str) -> None:
    opened = engine_at(database_url)
    opened.track_many([visit(ALICE, n) for n in range(20)])
    reached, released = Event(), Event()

    def progress(_taken: int) -> None:
        reached.set()
        released.wait(60)

    async def work() -> None:
        call = asyncio.create_task(footfall.AsyncEngine(opened).rebuild(progress=progress))
        while not reached.is_set():
            await asyncio.sleep(0.001)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        released.set()

    asyncio.run(work())
    assert at_rest(opened)
    assert opened.rebuild()
    assert opened.verify().ok


def test_opening_that_is_cancelled_leaves_no_connection(postgres_url: str) -> None:
    async def opening() -> None:
        async with footfall.open_async(postgres_url):
            await asyncio.sleep(60)

    for after in (0, 0.005, 0.02, 0.05, 0.1):
        (answer,) = cancelled([opening()], after)
        assert isinstance(answer, asyncio.CancelledError)
        assert eventually(lambda: connections(postgres_url, OTHERS) == 0)


def test_a_task_group_that_fails_takes_its_other_calls_back(engine_at: OpenEngine, database_url: str) -> None:
    opened = engine_at(database_url)

    async def fails() -> None:
        await asyncio.sleep(0.01)
        raise ZeroDivisionError

    async def together(engine: footfall.AsyncEngine) -> None:
        async with asyncio.TaskGroup() as group:
            for n in range(200):
                group.create_task(engine.track_many([visit(ALICE, n)]))
            group.create_task(fails())

    async def work() -> None:
        engine = footfall.AsyncEngine(opened)
        with pytest.raises(ExceptionGroup) as failed:
            await together(engine)
        assert failed.group_contains(ZeroDivisionError)
        assert await engine.track(uuid4(), "page.visit", {"url": "/"})

    asyncio.run(work())
    assert at_rest(opened)
    assert opened.verify().ok


def serve(url: str) -> None:
    """A program that tracks until Ctrl-C."""

    async def main() -> None:
        async with footfall.open_async(url) as engine:
            events = engine.subscribe(after="start")

            async def follow() -> None:
                async for _ in events:
                    pass

            async def track() -> None:
                while True:
                    await engine.track(ALICE, "page.visit", {"url": "/"})

            async with asyncio.TaskGroup() as group:
                group.create_task(follow())
                for _ in range(20):
                    group.create_task(track())
                await asyncio.sleep(0.2)
                print("working", flush=True)  # noqa: T201

    asyncio.run(main())


def test_ctrl_c_ends_a_program_at_once(database_url: str) -> None:
    with Forked(serve, database_url) as program:
        assert program.stdout.readline() == "working\n"
        program.send_signal(signal.SIGINT)
        _, complaints = program.communicate()
    assert complaints.rstrip().endswith("KeyboardInterrupt")
    assert "Task exception was never retrieved" not in complaints
    with footfall.open(database_url) as engine:
        assert engine.profile(ALICE).events
        assert engine.verify().ok
