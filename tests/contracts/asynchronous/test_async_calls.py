"""The engine for asyncio: the same calls, the same answers, in threads of its own."""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from contextvars import ContextVar
from threading import Event, Thread, current_thread, get_ident
from typing import Any
from uuid import uuid4

import pytest

import footfall
from footfall.engine import threads
from footfall.infrastructure.database.connections import CONNECTIONS
from tests.contracts.support import ALICE, BOB, OpenEngine, crowd, parts_of, statuses, visit

NOT_CALLS = {"subscribe", "within"}
"""They are no coroutines: one is iterated, and the other one refuses."""


def public(kind: type[Any]) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"}


def test_every_call_of_an_engine_is_there_under_its_name_and_with_its_signature() -> None:
    assert public(footfall.AsyncEngine) == public(footfall.Engine) | {"run_sync"}
    for name in public(footfall.Engine) - {"close"}:
        theirs, ours = getattr(footfall.Engine, name), getattr(footfall.AsyncEngine, name)
        assert list(inspect.signature(ours).parameters.values()) == list(inspect.signature(theirs).parameters.values())
        if name not in NOT_CALLS:
            assert inspect.iscoroutinefunction(ours)
            assert ours.__name__ == name
            assert ours.__doc__ == theirs.__doc__
    assert inspect.signature(footfall.open_async).parameters == inspect.signature(footfall.open).parameters


def test_calls_and_their_answers(engine: footfall.Engine) -> None:
    async def shop() -> None:
        asynchronous = footfall.AsyncEngine(engine)
        await asynchronous.define("entries.count", parameters={"entries": footfall.Integer(required=True)})
        result: footfall.Result = await asynchronous.track(ALICE, "entries.count", {"entries": 27})
        assert result.status == "accepted"
        assert statuses(await asynchronous.track_many([visit(ALICE, 1), visit(BOB, 2)])) == ["accepted"] * 2
        await asynchronous.update(ALICE, {"email": "a@shop.example"})
        await asynchronous.charge(ALICE, "order-1", [{"sku": "T-100"}], revenue=13)
        profile: footfall.Profile = await asynchronous.profile(ALICE)
        assert profile == engine.profile(ALICE)
        assert profile.counts["transaction.charge"] == 1
        assert await asynchronous.sessions(fresh=True) == engine.sessions(fresh=True)
        assert (await asynchronous.verify()).ok
        with pytest.raises(footfall.InvalidArgument, match="UUID"):
            await asynchronous.profile("nobody")

    asyncio.run(shop())


async def typed(engine: footfall.AsyncEngine) -> None:
    """Is never run: mypy sees in it that the arguments are those of the engine."""
    await engine.track(ALICE, 5)  # type: ignore[arg-type]
    await engine.track(ALICE)  # type: ignore[call-arg]
    await engine.sessions(limits=5)  # type: ignore[call-arg]
    footfall.open_async(partition=4)  # type: ignore[call-arg]
    _number: str = await engine.sweep()  # type: ignore[assignment]


def test_a_store_is_opened_and_closed_in_threads(database_url: str) -> None:
    async def entered() -> footfall.AsyncEngine:
        async with footfall.open_async(database_url) as engine:
            await engine.track_many([visit(ALICE, 1)])
        with pytest.raises(footfall.EngineClosed):
            await engine.profile(ALICE)
        return engine

    async def awaited() -> int:
        engine = await footfall.open_async(database_url)
        try:
            return (await engine.profile(ALICE)).events
        finally:
            await engine.close()
            await engine.close()

    engine = asyncio.run(entered())
    with pytest.raises(footfall.EngineClosed):
        engine.engine.profile(ALICE)
    assert asyncio.run(awaited()) == 1


def test_what_prevents_opening_is_told() -> None:
    async def opened() -> None:
        async with footfall.open_async("mysql://nowhere"):
            pass

    with pytest.raises(footfall.FootfallError, match="mysql"):
        asyncio.run(opened())


def test_no_call_runs_in_the_thread_of_the_loop_or_in_one_of_its_executor(engine: footfall.Engine) -> None:
    async def work() -> list[str]:
        asynchronous = footfall.AsyncEngine(engine)
        loop = asyncio.get_running_loop()
        names = await asyncio.gather(*[asynchronous.run_sync(lambda _: current_thread().name) for _ in range(20)])
        assert getattr(loop, "_default_executor", None) is None
        return names

    assert all(name.startswith("footfall call") for name in asyncio.run(work()))


def test_a_pool_has_a_connection_for_every_thread() -> None:
    jobs, watch = 2, 1
    assert threads.CALLS + threads.READS + jobs + watch <= CONNECTIONS


def test_many_calls_at_once_wait_for_a_thread_and_not_for_a_connection(engine: footfall.Engine) -> None:
    async def work() -> None:
        asynchronous = footfall.AsyncEngine(engine)
        await asynchronous.track_many(crowd(50))
        answers = await asyncio.gather(*[asynchronous.profile(ALICE) for _ in range(200)])
        assert len(answers) == 200

    asyncio.run(work())


def test_the_loop_goes_on_while_a_call_waits(engine: footfall.Engine) -> None:
    async def work() -> None:
        asynchronous, released = footfall.AsyncEngine(engine), Event()
        waiting = asyncio.create_task(asynchronous.run_sync(lambda _: released.wait(60)))
        for _ in range(10):
            await asyncio.sleep(0.001)
        assert not waiting.done()
        released.set()
        assert await waiting

    asyncio.run(work())


def test_a_call_sees_the_context_of_its_task(engine: footfall.Engine) -> None:
    request = ContextVar("request", default="none")

    async def handled(asynchronous: footfall.AsyncEngine, name: str) -> str:
        request.set(name)
        return await asynchronous.run_sync(lambda _: request.get())

    async def work() -> list[str]:
        asynchronous = footfall.AsyncEngine(engine)
        return await asyncio.gather(*[handled(asynchronous, f"{n}") for n in range(30)])

    assert asyncio.run(work()) == [f"{n}" for n in range(30)]


def test_two_loops_share_an_engine(engine: footfall.Engine) -> None:
    asynchronous = footfall.AsyncEngine(engine)

    async def visits(customer: Any) -> None:
        events = asynchronous.subscribe({"page.visit"}, customer=customer, after="start")
        await asyncio.gather(*[asynchronous.track_many([visit(customer, n)]) for n in range(20)])
        assert len([await anext(events) for _ in range(20)]) == 20

    loops = [Thread(target=lambda who=who: asyncio.run(visits(who))) for who in (ALICE, BOB)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join(120)
        assert not loop.is_alive()
    asyncio.run(visits(uuid4()))
    assert engine.stats(fresh=True).events == 60


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not there")
def test_uvloop(database_url: str) -> None:
    import uvloop

    async def work() -> None:
        async with footfall.open_async(database_url) as engine:
            events = engine.subscribe({"page.visit"}, after="start")
            await asyncio.gather(*[engine.track_many([visit(ALICE, n)]) for n in range(20)])
            assert len([await anext(events) for _ in range(20)]) == 20
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await engine.run_sync(lambda _: Event().wait(0.5))

    uvloop.run(work())


def test_a_transaction_of_the_hosts_is_lent_in_a_thread(tmp_path: Any) -> None:
    url, file = f"sqlite:///{tmp_path}/store.db", f"{tmp_path}/store.db"

    def order(engine: footfall.Engine, revenue: int) -> int:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE orders (number INTEGER)")
            with engine.within(connection) as inside:
                inside.charge(ALICE, "order-1", [{"sku": "T-100"}], revenue=revenue)
            connection.commit()
        return get_ident()

    async def work() -> None:
        async with footfall.open_async(url) as engine:
            assert await engine.run_sync(order, revenue=13) != get_ident()
            assert (await engine.profile(ALICE)).counts["transaction.charge"] == 1

    asyncio.run(work())


def test_a_connection_of_asyncio_is_refused_and_the_way_is_told(engine: footfall.Engine) -> None:
    with pytest.raises(footfall.InvalidArgument, match="run_sync"):
        footfall.AsyncEngine(engine).within(object())


def closing_meanwhile(url: str, call: Callable[[footfall.AsyncEngine], Coroutine[Any, Any, Any]]) -> list[Any]:
    """What becomes of many calls that are under way when the engine is closed."""

    async def work() -> list[Any]:
        engine = await footfall.open_async(url)
        calls = [asyncio.create_task(call(engine)) for _ in range(100)]
        await asyncio.sleep(0)
        await engine.close()
        return await asyncio.gather(*calls, return_exceptions=True)

    return asyncio.run(work())


def test_calls_that_are_under_way_when_the_engine_is_closed_are_told(database_url: str) -> None:
    answers = closing_meanwhile(database_url, lambda engine: engine.track(ALICE, "page.visit", {"url": "/"}))
    refused = [one for one in answers if isinstance(one, footfall.EngineClosed)]
    accepted = [one for one in answers if isinstance(one, footfall.Result)]
    assert len(refused) + len(accepted) == 100
    assert refused
    with footfall.open(database_url) as engine:
        assert engine.profile(ALICE).events == len(accepted)


def test_closing_waits_for_no_call_that_takes_long(engine_at: OpenEngine, database_url: str) -> None:
    async def work() -> None:
        released = Event()
        engine = footfall.AsyncEngine(engine_at(database_url))
        queue = parts_of(engine.engine).database.queue
        calls = [asyncio.create_task(engine.run_sync(lambda _: released.wait(60))) for _ in range(30)]
        await asyncio.sleep(0.01)
        await engine.close()
        assert queue.taken == 0
        released.set()
        assert all(await asyncio.gather(*calls))

    asyncio.run(work())
