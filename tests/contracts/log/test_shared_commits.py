"""Threads that track at the same time share commits, on real databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import footfall
from footfall.application.ports.errors import StoreUnavailable
from tests.contracts.support import ALICE, gapless, named, parts_of, versions, visit

THREADS = 24
EACH = 8


@pytest.fixture
def transactions(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The customers of each append that is begun."""
    log = parts_of(engine).log
    begun: list[Any] = []
    begin = log.transaction

    def count(customers: Any, *supposed: Any) -> Any:
        begun.append(set(customers))
        return begin(customers, *supposed)

    monkeypatch.setattr(log, "transaction", count)
    return begun


def in_threads(work: Callable[[int], Any]) -> list[Any]:
    """What each of many threads answers."""
    with ThreadPoolExecutor(THREADS) as threads:
        return [future.result(120) for future in [threads.submit(work, n) for n in range(THREADS)]]


def track(engine: footfall.Engine, event: dict[str, Any]) -> footfall.Result:
    """Track an event by itself."""
    return engine.track(event["uuid"], event["action"], event["params"], time=event["time"], event_id=event["event_id"])


def test_everything_that_was_acknowledged_is_stored_once_and_commits_are_shared(
    engine: footfall.Engine, database_url: str, transactions: list[Any]
) -> None:
    def work(thread: int) -> list[str]:
        who = named(f"customer {thread % 5}")
        return [track(engine, visit(who, 10 * n, f"/{thread}/{n}")).status for n in range(EACH)]

    answers = in_threads(work)
    assert answers == [["accepted"] * EACH] * THREADS
    assert len(transactions) < THREADS * EACH / 2
    assert gapless(versions(database_url).values())
    assert engine.stats(fresh=True).page_visits == THREADS * EACH


@pytest.mark.databases
def test_a_single_caller_makes_one_transaction_for_each_call(engine: footfall.Engine, transactions: list[Any]) -> None:
    for n in range(5):
        track(engine, visit(ALICE, n, f"/{n}"))
    assert transactions == [{ALICE}] * 5


def test_what_is_rejected_harms_nobody_else(engine: footfall.Engine) -> None:
    def work(thread: int) -> list[str]:
        broken = {"action": "no.such"} if thread % 3 == 0 else {}
        return [track(engine, visit(ALICE, thread, f"/{thread}/{n}") | broken).status for n in range(EACH)]

    answers = in_threads(work)
    assert answers == [["rejected" if thread % 3 == 0 else "accepted"] * EACH for thread in range(THREADS)]
    assert engine.stats(fresh=True).rejected == THREADS // 3 * EACH
    assert len(engine.page_visits(ALICE)) == (THREADS - THREADS // 3) * EACH


def test_the_same_event_from_many_threads_is_accepted_once(engine: footfall.Engine) -> None:
    answers = in_threads(lambda _: [track(engine, visit(ALICE, n)).status for n in range(EACH)])
    for told in zip(*answers, strict=True):
        assert Counter(told) == Counter(accepted=1, duplicate=THREADS - 1)
    assert len(engine.page_visits(ALICE, fresh=True)) == EACH


def test_one_id_for_many_contents_is_taken_once_and_a_conflict_else(engine: footfall.Engine) -> None:
    def work(thread: int) -> str:
        result = track(engine, visit(ALICE, 1) | {"params": {"url": f"/{thread}"}})
        return result.reason or result.status

    assert Counter(in_threads(work)) == Counter(accepted=1, conflict=THREADS - 1)


@pytest.mark.databases
def test_a_store_that_is_away_fails_every_call_and_the_next_ones_work(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    track(engine, visit(ALICE, 0))
    statements = parts_of(engine).log.statements

    def fail(*_: Any) -> Any:
        raise StoreUnavailable("it is away")

    with monkeypatch.context() as patch:
        patch.setattr(statements, "writing", fail)
        if statements.at_once is not None:
            patch.setattr(statements.at_once, "write", fail)
        with ThreadPoolExecutor(THREADS) as threads:
            calls = [threads.submit(track, engine, visit(ALICE, n + 1)) for n in range(THREADS)]
            errors = [call.exception(120) for call in calls]
    assert {type(error) for error in errors} == {StoreUnavailable}
    assert in_threads(lambda n: track(engine, visit(ALICE, n + 1)).status) == ["accepted"] * THREADS
