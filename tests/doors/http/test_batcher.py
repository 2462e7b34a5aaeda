"""What many requests hand in at once: gathered, answered each by itself, and no harm to each other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

import footfall
from footfall.doors.http import batcher as batches
from footfall.doors.http.batcher import Batcher
from footfall.doors.http.outcomes import hand_back
from tests.contracts.support import ALICE, BOB, OpenEngine, named, statuses, visit
from tests.forked import PATIENCE_SECONDS

EVENT = footfall.SubmissionKind.EVENT
SERVER = footfall.Sender.server()


class Gate:
    """Keeps calls of an engine waiting, and counts what each of them took in; `fail` is raised instead."""

    def __init__(self, engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.open, self.began = threading.Event(), threading.Event()
        self.fail: dict[str, Exception] = {}
        take_in = engine.take_in

        def gated(handed_in: Any) -> Any:
            self.sizes.append(len(handed_in))
            self.began.set()
            self.open.wait(60)
            for one in handed_in:
                if one.content["params"]["url"] in self.fail:
                    raise self.fail[one.content["params"]["url"]]
            return take_in(handed_in)

        monkeypatch.setattr(engine, "take_in", gated)


@pytest.fixture
def gate(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(engine, monkeypatch)


def one(batcher: Batcher, number: int, sender: footfall.Sender = SERVER) -> Coroutine[Any, Any, Any]:
    return batcher.submit(EVENT, [visit(ALICE, number, f"/{number}")], [sender])


def many(batcher: Batcher, name: str, number: int) -> Coroutine[Any, Any, Any]:
    return batcher.submit(EVENT, [visit(named(name), at) for at in range(number)], [SERVER] * number)


async def begun(gate: Gate) -> None:
    while not gate.began.is_set():
        await asyncio.sleep(0.01)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is expected is waited for as long as a test may take."""
    monkeypatch.setattr(batches, "WAITED_SECONDS", 3_600.0)
    monkeypatch.setattr(batches, "WAITED_SHARE", 1e6)


async def under_way(gate: Gate, *all_of_them: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    """The first is being taken in while the others come; then it goes on."""
    first, *others = all_of_them
    tasks = [asyncio.create_task(first)]
    await begun(gate)
    tasks += map(asyncio.create_task, others)
    await asyncio.sleep(0)
    gate.open.set()
    return tasks


def test_what_gathers_while_a_commit_is_under_way_is_taken_in_together(engine: footfall.Engine, gate: Gate) -> None:
    async def work() -> list[Any]:
        batcher = Batcher(engine)
        first = asyncio.create_task(one(batcher, 0))
        await begun(gate)
        others = [asyncio.create_task(one(batcher, number)) for number in range(1, 40)]
        await asyncio.sleep(0)
        assert batcher.waiting == 40
        gate.open.set()
        answers = [await task for task in (first, *others)]
        assert batcher.waiting == 0
        return answers

    answers = asyncio.run(work())
    assert [statuses(answer) for answer in answers] == [["accepted"]] * 40
    assert gate.sizes == [1, 39]


def test_each_event_of_a_call_has_its_own_sender(engine: footfall.Engine, gate: Gate) -> None:
    gate.open.set()

    async def work() -> Any:
        batcher = Batcher(engine)
        senders = [SERVER, footfall.Sender.anonymous(BOB), footfall.Sender.anonymous(ALICE)]
        return await batcher.submit(EVENT, [visit(ALICE, number) for number in range(3)], senders)

    assert [result.reason for result in asyncio.run(work())] == [None, "foreign_customer", None]


def test_large_batches_do_not_wait_for_small_ones(engine: footfall.Engine, gate: Gate) -> None:
    async def work() -> list[str]:
        batcher = Batcher(engine)
        small = asyncio.create_task(one(batcher, 0))
        await begun(gate)
        large = asyncio.create_task(many(batcher, "large", batches.SMALL + 1))
        while len(gate.sizes) < 2:
            await asyncio.sleep(0.01)
        gate.open.set()
        await small
        return statuses(await large)

    assert asyncio.run(work()) == ["accepted"] * (batches.SMALL + 1)
    assert gate.sizes == [1, batches.SMALL + 1]


def test_no_call_is_larger_than_a_transaction(engine: footfall.Engine, gate: Gate) -> None:
    async def work() -> None:
        batcher = Batcher(engine)
        first = asyncio.create_task(one(batcher, 0))
        await begun(gate)
        others = [asyncio.create_task(many(batcher, f"{number}", 45)) for number in range(20)]
        await asyncio.sleep(0)
        gate.open.set()
        for task in (first, *others):
            assert set(statuses(await task)) == {"accepted"}

    asyncio.run(work())
    assert gate.sizes == [1, 495, 405]


def test_what_was_given_up_before_its_turn_is_not_taken_in(engine: footfall.Engine, gate: Gate) -> None:
    async def work() -> None:
        batcher = Batcher(engine)
        first = asyncio.create_task(one(batcher, 0))
        await begun(gate)
        left, stays = asyncio.create_task(one(batcher, 1)), asyncio.create_task(one(batcher, 2))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.sleep(0)
        assert batcher.waiting == 2
        gate.open.set()
        await first
        assert statuses(await stays) == ["accepted"]
        assert left.cancelled()

    asyncio.run(work())
    assert [entry.params["url"] for entry in engine.timeline(ALICE) if entry.action == "page.visit"] == ["/2", "/0"]


def test_all_left_at_once_leave_a_batcher_that_works(engine: footfall.Engine, gate: Gate) -> None:
    async def work() -> list[str]:
        batcher = Batcher(engine)
        first = asyncio.create_task(one(batcher, 0))
        await begun(gate)
        left = [asyncio.create_task(one(batcher, number)) for number in range(1, 4)]
        await asyncio.sleep(0)
        for task in left:
            task.cancel()
        gate.open.set()
        await first
        return statuses(await one(batcher, 9))

    assert asyncio.run(work()) == ["accepted"]


def test_when_the_store_fails_each_has_an_error_of_its_own(engine: footfall.Engine, gate: Gate) -> None:
    gate.fail["/2"] = footfall.StoreBusy("held by another")
    errors = asyncio.run(errors_of(engine, gate, 4))
    assert [type(error) for error in errors] == [footfall.StoreBusy] * 4
    assert len(set(map(id, errors))) == 4
    assert {str(error) for error in errors} == {"held by another"}


def test_what_breaks_a_call_harms_nobody_else(engine: footfall.Engine, gate: Gate) -> None:
    gate.fail["/2"] = ZeroDivisionError("a defect")
    outcomes = asyncio.run(errors_of(engine, gate, 4))
    assert isinstance(outcomes[2], ZeroDivisionError)
    assert [statuses(outcome) for at, outcome in enumerate(outcomes) if at != 2] == [["accepted"]] * 3


async def errors_of(engine: footfall.Engine, gate: Gate, number: int) -> list[Any]:
    batcher = Batcher(engine)
    first = asyncio.create_task(batcher.submit(EVENT, [visit(BOB, 0, "/first")], [SERVER]))
    await begun(gate)
    others = [asyncio.create_task(one(batcher, at)) for at in range(number)]
    await asyncio.sleep(0)
    gate.open.set()
    await first
    return await asyncio.gather(*others, return_exceptions=True)


def test_what_was_handed_in_before_it_closes_is_answered_and_nothing_more_is_taken(
    engine: footfall.Engine, gate: Gate
) -> None:
    async def work() -> None:
        batcher = Batcher(engine)
        begun_before = [asyncio.create_task(one(batcher, 0))]
        await begun(gate)
        begun_before += [asyncio.create_task(one(batcher, 1)), asyncio.create_task(many(batcher, "large", 60))]
        await asyncio.sleep(0)
        batcher.close()
        for later in (one(batcher, 2), many(batcher, "other", 60)):
            with pytest.raises(footfall.EngineClosed):
                await later
        gate.open.set()
        for task in begun_before:
            assert set(statuses(await task)) == {"accepted"}
        thread = batcher._thread
        while thread is not None and thread.is_alive():
            await asyncio.sleep(0.01)

    asyncio.run(work())


def test_more_than_can_be_kept_is_told_to_come_again(
    engine: footfall.Engine, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_WAITING", 100)

    async def work() -> None:
        batcher = Batcher(engine)
        waiting = [asyncio.create_task(many(batcher, "a", 60)), asyncio.create_task(one(batcher, 0))]
        await begun(gate)
        with pytest.raises(footfall.StoreBusy, match="try again"):
            await many(batcher, "b", 60)
        gate.open.set()
        for task in waiting:
            await task
        assert len(await many(batcher, "c", 150)) == 150  # where nothing waits, any number is taken

    asyncio.run(work())


def test_an_engine_that_raises_for_refusals_answers_each_all_the_same(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url, on_rejection="raise")

    async def work() -> list[str]:
        batcher = Batcher(engine)
        unknown = batcher.submit(EVENT, [{**visit(ALICE, 1), "action": "no.such"}], [SERVER])
        refused, taken = await asyncio.gather(unknown, one(batcher, 2))
        return statuses([*refused, *taken])

    assert asyncio.run(work()) == ["rejected", "accepted"]


def test_tasks_of_several_loops_share_it(engine: footfall.Engine, gate: Gate) -> None:
    gate.open.set()
    batcher, came = Batcher(engine), []

    def in_own_loop(number: int) -> None:
        came.extend(asyncio.run(one(batcher, number)))

    threads = [threading.Thread(target=in_own_loop, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses(came) == ["accepted"] * 8


def test_those_who_were_answered_together_are_taken_in_together_again(
    engine: footfall.Engine, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "WAITED_SECONDS", 60.0)
    monkeypatch.setattr(batches, "WAITED_SHARE", 1e6)

    async def work() -> None:
        batcher = Batcher(engine)
        await asyncio.gather(*await under_way(gate, *(one(batcher, number) for number in range(4))))
        again = [asyncio.create_task(one(batcher, number)) for number in (4, 5)]
        await asyncio.sleep(0.2)
        await asyncio.gather(*again, one(batcher, 6))

    asyncio.run(work())
    assert gate.sizes == [1, 3, 3]


@pytest.mark.usefixtures("patient")
def test_who_is_here_again_at_once_is_not_expected_once_more(
    engine: footfall.Engine, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    are_here = threading.Event()

    def lingering(answers: Any) -> None:
        hand_back(answers)
        are_here.wait(PATIENCE_SECONDS)

    async def work() -> None:
        batcher = Batcher(engine)
        first, *group = await under_way(gate, *(one(batcher, number) for number in range(3)))
        await first
        monkeypatch.setattr(batches, "hand_back", lingering)
        await asyncio.gather(*group)
        again = [asyncio.create_task(one(batcher, number)) for number in (3, 4)]
        await asyncio.sleep(0)
        are_here.set()
        await asyncio.wait_for(asyncio.gather(*again), PATIENCE_SECONDS)

    asyncio.run(work())
    assert gate.sizes == [1, 2, 2]


@pytest.mark.usefixtures("patient")
def test_nobody_waits_for_others_once_a_transaction_is_full(
    engine: footfall.Engine, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "GATHERED", 80)

    async def work() -> None:
        batcher = Batcher(engine)
        others = [many(batcher, f"{number}", 40) for number in range(4)]
        await asyncio.gather(*await under_way(gate, one(batcher, 0), *others))

    asyncio.run(work())
    assert gate.sizes == [1, 80, 80]


@pytest.mark.usefixtures("patient")
def test_what_waits_for_others_is_taken_in_when_the_door_closes(engine: footfall.Engine, gate: Gate) -> None:
    async def work() -> None:
        batcher = Batcher(engine)
        await asyncio.gather(*await under_way(gate, *(one(batcher, number) for number in range(3))))
        last = asyncio.create_task(one(batcher, 3))
        await asyncio.sleep(0.2)
        batcher.close()
        assert statuses(await last) == ["accepted"]

    asyncio.run(work())
    assert gate.sizes == [1, 2, 1]
