"""The engine in memory: its clock, its ids, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Thread
from typing import Any
from uuid import UUID

import pytest

import footfall
import footfall.testing
from footfall.testing import ManualClock
from tests.contracts.support import ALICE, BOB

LITTLE = timedelta(microseconds=100)


def at(engine: footfall.Engine) -> datetime:
    """When the newest event of Alice's happened."""
    return engine.timeline(ALICE)[0].time


def test_time_stands_still_until_it_is_moved() -> None:
    with footfall.testing.open(clock=ManualClock("2026-03-05T12:00Z")) as engine:
        engine.track(ALICE, "page.visit", {"url": "/a"})
        assert timedelta(0) < at(engine) - datetime(2026, 3, 5, 12, tzinfo=UTC) < LITTLE
        engine.clock.advance(days=1, hours=1, minutes=1, seconds=1)
        engine.track(ALICE, "page.visit", {"url": "/b"})
        assert timedelta(0) < at(engine) - datetime(2026, 3, 6, 13, 1, 1, tzinfo=UTC) < LITTLE
        engine.clock.set(datetime(2026, 3, 4, tzinfo=UTC))
        engine.update(ALICE, {"plan": "gold"})
        assert engine.profile(ALICE).last_seen == at(engine)


def test_calls_one_after_the_other_are_at_different_moments() -> None:
    with footfall.testing.open() as engine:
        for url in ("/a", "/b", "/c"):
            engine.track(ALICE, "page.visit", {"url": url})
        assert [visit.url for visit in engine.page_visits(ALICE)] == ["/c", "/b", "/a"]


def test_a_session_ends_when_its_time_has_come() -> None:
    with footfall.testing.open(session_timeout="10m") as engine:
        engine.track(ALICE, "page.visit", {"url": "/"})
        engine.clock.advance(minutes=9)
        assert engine.sweep() == 0
        assert engine.sessions(open_only=True)
        engine.clock.advance(minutes=2)
        assert engine.sweep() == 1
        assert engine.sessions(open_only=True) == []


def test_ids_may_be_given() -> None:
    numbers = count(1)
    with footfall.testing.open(new_id=lambda: UUID(int=next(numbers))) as engine:
        assert engine.track(ALICE, "page.visit", {"url": "/"}).event_id == UUID(int=1)


def test_engines_in_memory_know_nothing_of_each_other() -> None:
    with footfall.testing.open() as one, footfall.testing.open() as other:
        one.track(ALICE, "page.visit", {"url": "/"})
        one.define("basket.fill")
        assert (one.stats().events, other.stats().events) == (1, 0)
        assert "basket.fill" not in other.definitions()


def test_code_that_takes_an_engine_takes_one_in_memory() -> None:
    assert isinstance(footfall.testing.open(), footfall.Engine)


@pytest.mark.parametrize(
    "call",
    [
        lambda engine: engine.start(),
        lambda engine: engine.rebuild(workers=2),
        lambda engine: engine.check_workers(2),
        lambda engine: engine.rows("no_such_view"),
        lambda engine: engine.rebuild("no_such_view"),
        lambda _: footfall.testing.open(session_timeout="0s"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Callable[[footfall.Engine], Any]) -> None:
    with footfall.testing.open() as engine, pytest.raises(footfall.FootfallError):
        call(engine)


def test_stopping_and_closing_harms_nothing() -> None:
    with footfall.testing.open() as engine:
        assert engine.stop()
        engine.check_workers(1)
    engine.close()


def test_a_subscription_waits_for_what_is_tracked_and_ends_with_the_engine() -> None:
    heard: list[str] = []
    with footfall.testing.open() as engine:
        subscription = engine.subscribe("page.visit")
        listening = Thread(target=lambda: heard.extend(event.uuid for event in subscription))
        listening.start()
        engine.track(BOB, "page.visit", {"url": "/"})
        while not heard:
            listening.join(timeout=0.01)
            assert listening.is_alive()
    listening.join(timeout=60)
    assert not listening.is_alive()
    assert heard == [str(BOB)]
