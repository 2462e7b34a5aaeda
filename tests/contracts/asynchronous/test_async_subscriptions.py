"""Subscriptions for asyncio: they hold no thread and no connection of their own, and leave nothing behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import footfall
from footfall.application.reading.subscription import LogReading
from footfall.engine.threads import READS
from tests.contracts.connected import LISTENERS, OTHERS, break_off, connections
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, BOB, OpenEngine, named, parts_of, visit


def watches() -> int:
    """How many threads watch a log."""
    return sum(thread.name == "footfall log watch" for thread in threading.enumerate())


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something without blocking the loop."""
    while not condition():
        await asyncio.sleep(0.01)


def test_events_come_as_they_are_committed(engine: footfall.Engine) -> None:
    async def work() -> None:
        asynchronous = footfall.AsyncEngine(engine)
        async with asynchronous.subscribe({"page.visit"}, customer=ALICE) as events:
            for minute in range(5):
                await asynchronous.track_many([visit(ALICE, minute), visit(BOB, minute)])
                event = await anext(events)
                assert event.event_id == str(visit(ALICE, minute)["event_id"])
            assert [event async for event in asynchronous.subscribe(after=events.cursor, follow=False)] == []
        with pytest.raises(StopAsyncIteration):
            await anext(events)

    asyncio.run(work())


def test_it_goes_on_at_a_cursor_and_ends_at_the_head_where_it_is_told_to(engine: footfall.Engine) -> None:
    async def work() -> None:
        asynchronous = footfall.AsyncEngine(engine)
        await asynchronous.track_many([visit(ALICE, minute) for minute in range(1_200)])
        first = asynchronous.subscribe({"page.visit"}, after="start")
        came = [await anext(first) for _ in range(700)]
        again = asynchronous.subscribe({"page.visit"}, after=came[-1].cursor, follow=False)
        came += [event async for event in again]
        assert len({event.event_id for event in came}) == len(came) == 1_200
        with pytest.raises(footfall.InvalidArgument, match="cursor"):
            asynchronous.subscribe(after="nonsense")
        with pytest.raises(footfall.InvalidArgument, match="customer"):
            asynchronous.subscribe(customer="nobody")

    asyncio.run(work())


@pytest.mark.parametrize("leaves", ["closed", "broken out of", "cancelled"])
@pytest.mark.direct
def test_one_that_is_left_leaves_no_thread_and_no_connection(
    engine_at: OpenEngine, postgres_url: str, leaves: str
) -> None:
    opened = engine_at(postgres_url)

    async def follow(engine: footfall.AsyncEngine, came: list[Any]) -> None:
        if leaves == "closed":
            async with engine.subscribe(after="start") as events:
                came.append(await anext(events))
            return
        async for event in engine.subscribe({"page.visit"}):
            came.append(event)
            if leaves == "broken out of":
                break

    async def work() -> None:
        engine, came = footfall.AsyncEngine(opened), list[Any]()
        await engine.track_many([visit(BOB, 0)])
        task = asyncio.create_task(follow(engine, came))
        if leaves != "closed":
            await until(lambda: connections(postgres_url, LISTENERS) == 1)
            await engine.track_many([visit(ALICE, 0)])
        await until(lambda: len(came) == 1)
        if leaves == "cancelled":
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await until(lambda: watches() == 0 and connections(postgres_url, LISTENERS) == 0)
        assert parts_of(opened).database.queue.taken == 0

    asyncio.run(work())


def test_hundreds_of_them_share_the_threads_and_calls_go_on(engine_at: OpenEngine, database_url: str) -> None:
    opened = engine_at(database_url)

    async def work() -> None:
        engine = footfall.AsyncEngine(opened)
        own = [named(f"customer {n}") for n in range(200)]
        subscriptions = [engine.subscribe({"page.visit"}, customer=one) for one in own]
        for one in subscriptions:
            await one.__aenter__()
        waiting = [asyncio.create_task(anext(one)) for one in subscriptions]
        await until(lambda: watches() == 1)
        before = threading.active_count()
        await engine.track_many([visit(one, 0) for one in own[:-1]])
        events = await asyncio.gather(*waiting[:-1])
        assert [event.uuid for event in events] == [str(one) for one in own[:-1]]
        assert not waiting[-1].done()
        assert threading.active_count() <= before + READS + 10
        await until(lambda: watches() == 1)  # the one that waits looks once more, and then is watched for again
        waiting[-1].cancel()

    asyncio.run(work())
    assert eventually(lambda: watches() == 0)


def test_it_begins_with_the_first_wait_although_that_is_given_up(engine: footfall.Engine) -> None:
    async def work() -> None:
        asynchronous = footfall.AsyncEngine(engine)
        events = asynchronous.subscribe({"page.visit"})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await anext(events)
        while events._beginning is None or not events._beginning.done():
            await asyncio.sleep(0.01)
        await asynchronous.track_many([visit(ALICE, 0)])
        assert (await anext(events)).event_id == str(visit(ALICE, 0)["event_id"])

    asyncio.run(work())


def test_a_wait_that_is_given_up_loses_nothing(engine: footfall.Engine) -> None:
    """As a server does that sends something now and then while no event comes."""

    async def work() -> list[str]:
        asynchronous, came = footfall.AsyncEngine(engine), list[str]()
        events = asynchronous.subscribe({"page.visit"}, after="start")

        async def follow() -> None:
            patience = 0.0
            while len(came) < 100:
                patience = (patience + 0.0007) % 0.02
                try:
                    async with asyncio.timeout(patience):
                        came.append((await anext(events)).event_id)
                except TimeoutError:
                    pass

        following = asyncio.create_task(follow())
        for minute in range(100):
            await asynchronous.track_many([visit(ALICE, minute)])
        await following
        return came

    assert asyncio.run(work()) == [str(visit(ALICE, minute)["event_id"]) for minute in range(100)]


def test_nothing_is_read_ahead_of_who_is_slow(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, read = list[int](), LogReading.read

    def counted(self: LogReading) -> Any:
        found = read(self)
        reads.append(len(found[0]))
        return found

    monkeypatch.setattr(LogReading, "read", counted)
    engine.track_many([visit(ALICE, minute) for minute in range(3_000)])

    async def work() -> None:
        events = footfall.AsyncEngine(engine).subscribe({"page.visit"}, after="start")
        await anext(events)
        await asyncio.sleep(0.05)
        assert reads == [500]
        for _ in range(500):
            await anext(events)
        assert reads == [500, 500]

    asyncio.run(work())


@pytest.mark.spoils
def test_closing_the_engine_ends_them(engine: footfall.Engine) -> None:
    async def work() -> None:
        asynchronous = footfall.AsyncEngine(engine)
        one, other = asynchronous.subscribe(after="start"), asynchronous.subscribe(after="start")

        async def follow() -> int:
            return len([event async for event in one])

        waiting = asyncio.create_task(follow())
        await asynchronous.track_many([visit(ALICE, 0)])
        assert await anext(other)
        await until(lambda: watches() == 1)
        await asynchronous.close()
        assert await waiting in (0, 2)
        assert await anext(other)  # it was read before
        assert [event async for event in other] == []
        with pytest.raises(footfall.EngineClosed):
            await anext(asynchronous.subscribe())

    asyncio.run(work())


def test_one_task_at_a_time_waits_for_the_next_event(engine: footfall.Engine) -> None:
    async def work() -> None:
        events = footfall.AsyncEngine(engine).subscribe()
        first = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task"):
            await anext(events)
        first.cancel()

    asyncio.run(work())


@pytest.mark.direct
def test_it_goes_on_when_its_connections_were_broken_off(engine_at: OpenEngine, postgres_url: str) -> None:
    opened = engine_at(postgres_url)

    async def work() -> None:
        engine = footfall.AsyncEngine(opened)
        async with engine.subscribe({"page.visit"}) as events:
            for minute in range(3):
                waiting = asyncio.create_task(anext(events))
                await until(lambda: connections(postgres_url, LISTENERS) == 1)
                break_off(postgres_url, OTHERS)
                await engine.track_many([visit(ALICE, minute)])
                assert (await waiting).event_id == str(visit(ALICE, minute)["event_id"])

    asyncio.run(work())
