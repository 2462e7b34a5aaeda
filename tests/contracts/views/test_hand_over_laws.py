"""However writing and folding are interleaved, in two engines on one store: the views hold what the log gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count, islice
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

import footfall
from footfall.infrastructure.database.database import Transaction
from footfall.infrastructure.log.hand_over import HandOver, Stretch
from footfall.infrastructure.views.projecting import projector
from tests.contracts.host_transactions.hosts import Host, given_up, opened
from tests.contracts.support import OpenEngine, named, parts_of, visit

pytestmark = pytest.mark.databases

Commit = Callable[[Transaction, Any], None]
EXAMPLES = count(1)
WRITERS = st.sampled_from([0, 0, 0, 1])
ITEMS = st.tuples(
    st.integers(0, 4),  # whose
    st.sampled_from(["visit", "visit", "visit", "click", "attributes", "order", "conflict", "undefined"]),
    st.integers(0, 8) | st.sampled_from([-100, 45, 70, 71, 200]),  # minutes after noon: on and beside the timeout
)
BATCHES = st.lists(ITEMS, min_size=1, max_size=6)
STEPS = st.one_of(
    st.tuples(st.just("take"), WRITERS, BATCHES),
    st.tuples(st.just("take"), WRITERS, BATCHES),
    st.tuples(st.just("fold"), WRITERS, st.sampled_from([1, 1, 2, 100])),
    st.tuples(st.just("empty"), WRITERS, st.booleans()),
    st.tuples(st.just("fail"), WRITERS, BATCHES),
    st.tuples(st.just("lose"), WRITERS, BATCHES),
    st.tuples(st.just("sweep"), WRITERS, st.none()),
    st.tuples(st.just("host"), st.booleans(), BATCHES),
)
CHUNKS = st.sampled_from([4, 12, 100])


class Interleaved:
    """Two engines on one store, which do what they are told."""

    def __init__(self, engines: Sequence[footfall.Engine], host: Host, example: int) -> None:
        self._engines, self._host, self._example = engines, host, example

    def do(self, what: str, who: Any, told: Any) -> None:
        match what:
            case "host":
                transaction = self._host.transaction() if who else given_up(self._host.transaction())
                with transaction, self._engines[0].within(self._host.connection) as inside:
                    self._take(inside, told)
            case "take":
                self._take(self._engines[who], told)
            case "fold":
                list(islice(parts_of(self._engines[who]).views._projector.steps(), told))
            case "sweep":
                self._engines[who].sweep()
            case "empty":
                self._empty(parts_of(self._engines[who]).log.hand_over, told)
            case _:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(Transaction, "_commit", broken(Transaction._commit, commits_first=what == "lose"))
                    self._take(self._engines[who], told)

    def _empty(self, memory: HandOver, holds_again: bool) -> None:
        memory.forget()
        if holds_again:
            memory.after({}, {}, 1)

    def _take(self, engine: Any, items: Sequence[tuple[int, str, int]]) -> None:
        for kind, group in (
            ("attributes", engine.update_many),
            ("order", engine.charge_many),
            ("", engine.track_many),
        ):
            those = [self._sent(*item) for item in items if item[1] == kind or (not kind and item[1] not in OTHERS)]
            if those:
                group(those)

    def _sent(self, who: int, kind: str, minute: int) -> dict[str, Any]:
        customer = named(f"{self._example} {who}")
        sent = visit(customer, minute, title=f"at {minute}")
        match kind:
            case "attributes":
                return {"uuid": customer, "attributes": {"last": minute}, "time": sent["time"]}
            case "order":
                return {"uuid": customer, "order_id": str(minute), "items": [{"sku": "tea"}, {"sku": "cup"}]}
            case "click":
                return {**sent, "action": "button.click", "params": {}, "event_id": named(f"{customer} click {minute}")}
            case "undefined":
                return {**sent, "action": "no.such"}
            case "conflict":
                return {**sent, "params": {"url": "/", "title": "another"}}
        return sent


OTHERS = {"attributes", "order"}


def broken(commit: Commit, *, commits_first: bool) -> Commit:
    """The first commit breaks down: before it is done, or when only the answer is missing."""
    breaks = iter([True])

    def break_down(transaction: Transaction, driver: Any) -> None:
        if next(breaks, False):
            if commits_first:
                commit(transaction, driver)
            raise footfall.StoreUnavailable("it breaks down")
        commit(transaction, driver)

    return break_down


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many events were handed over, each time."""
    numbers: list[int] = []
    after = HandOver.after

    def counted(*asked: Any) -> dict[int, list[Stretch]]:
        found = after(*asked)
        numbers.append(sum(stretch.events for own in found.values() for stretch in own))
        return found

    monkeypatch.setattr(HandOver, "after", counted)
    return numbers


def test_the_views_hold_what_the_log_gives_however_writing_and_folding_are_interleaved(
    engine: footfall.Engine,
    engine_at: OpenEngine,
    database_url: str,
    handed_over: list[int],
) -> None:
    engines = engine, engine_at(database_url)
    kind = "sqlite3" if database_url.startswith("sqlite") else "psycopg"

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, min_size=3, max_size=14), CHUNKS)
    def law(steps: list[tuple[str, Any, Any]], chunk: int) -> None:
        run = Interleaved(engines, host, next(EXAMPLES))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(projector, "CHUNK", chunk)
            for step in steps:
                run.do(*step)
            engine.catch_up()
        assert engine.verify().ok

    with opened(kind, database_url) as host:
        law()
    assert sum(handed_over) > 0
    before = {
        name: sorted(map(repr, engine.rows(name, limit=None))) for name in ("page_visits", "sessions", "profiles")
    }
    engine.rebuild()
    assert {name: sorted(map(repr, engine.rows(name, limit=None))) for name in before} == before
