"""Threads that share a commit are answered each about its own call, also where the one that commits is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

import footfall
from footfall.application.ports.errors import StoreUnavailable
from tests.contracts.support import ALICE, BOB, NOON, OpenEngine, statuses, visit


class Interrupted:
    """Appends of an engine: the first one waits until it is let go, the next that comes so far is interrupted before
    or after its commit."""

    def __init__(self, engine: footfall.Engine, *, after_commit: bool) -> None:
        self.engine, self.begun, self.go = engine, Event(), Event()
        self._append, self._after_commit = engine._parts.log.transaction, after_commit
        self._number, self._interrupted = 0, False

    @contextmanager
    def transaction(self, *arguments: Any) -> Iterator[Any]:
        self._number += 1
        first = self._number == 1
        with self._append(*arguments) as transaction:
            if first:
                self.begun.set()
                assert self.go.wait(120)
            yield transaction
            if not first and not self._after_commit:
                self._interrupt()
        if not first:
            self._interrupt()

    def _interrupt(self) -> None:
        if not self._interrupted:
            self._interrupted = True
            raise KeyboardInterrupt

    def together(self, *calls: Callable[[], list[footfall.Result]]) -> list[Any]:
        """What the calls answer or raise that wait while the first append is under way."""
        taking: Any = self.engine._parts.ingest._take
        line = taking._line
        with ThreadPoolExecutor(10) as threads:
            first = threads.submit(self.engine.track_many, [visit(BOB, 0)])
            assert self.begun.wait(120)
            waiting = []
            for number, call in enumerate(calls, 1):
                waiting.append(threads.submit(call))
                while len(line.waiting) < number:
                    time.sleep(0.001)
            self.go.set()
            assert statuses(first.result(120)) == ["accepted"]
            return [one.exception(120) or statuses(one.result()) for one in waiting]


@pytest.mark.parametrize("after_commit", [False, True])
def test_new_events_are_accepted_though_another_thread_was_interrupted_in_their_commit(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch, after_commit: bool
) -> None:
    engine.track_many([visit(BOB, 5)])
    interrupted = Interrupted(engine, after_commit=after_commit)
    monkeypatch.setattr(engine._parts.log, "transaction", interrupted.transaction)
    leader, *others = interrupted.together(
        lambda: engine.track_many([visit(ALICE, 0)]),
        lambda: engine.track_many([visit(ALICE, 1), visit(BOB, 5)]),
        lambda: [engine.update(ALICE, {"city": "Brno"})],
        lambda: [engine.charge(ALICE, "o-1", [{"sku": "shirt"}])],
        lambda: engine.track_many([visit(ALICE, 1), visit(ALICE, 0)]),
    )
    assert isinstance(leader, KeyboardInterrupt)
    last = ["duplicate", "duplicate" if after_commit else "accepted"]
    assert others == [["accepted", "duplicate"], ["accepted"], ["accepted"], last]
    assert engine.profile(ALICE).events == 4


def test_what_another_engine_has_stored_meanwhile_is_a_duplicate_by_a_clock_that_stands_still(
    engine_at: OpenEngine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (engine_at(postgres_url, clock=lambda: NOON) for _ in range(2))
    event = {"uuid": ALICE, "action": "page.visit", "params": {"url": "/"}, "event_id": visit(ALICE, 0)["event_id"]}
    append = one._parts.log.transaction

    @contextmanager
    def broken(*arguments: Any) -> Iterator[Any]:
        monkeypatch.undo()
        try:
            with append(*arguments) as transaction:
                yield transaction
                raise StoreUnavailable("the connection broke")
        finally:
            assert statuses(other.track_many([event])) == ["accepted"]

    monkeypatch.setattr(one._parts.log, "transaction", broken)
    assert statuses(one.track_many([event])) == ["duplicate"]
