"""The connection that listens is lost: who follows the log finds the events by looking, within two seconds."""

from __future__ import annotations

import time
from queue import Empty, Queue
from threading import Thread
from uuid import UUID, uuid4

import pytest

import footfall
from footfall.application.reading import subscription
from tests.contracts.connected import LISTENERS, break_off
from tests.contracts.subscription.following import eventually

from ...conftest import Torture

WHO = UUID(int=1, version=4)
LAG_SECONDS = 2.0


def deafen(torture: Torture, url: str, cuts: int, idle_seconds: float | None) -> None:
    """Cut the listener again and again, and see when the next event arrives."""
    with pytest.MonkeyPatch.context() as patch, footfall.open(url, partitions=4) as engine:
        if idle_seconds is not None:
            patch.setattr(subscription, "IDLE_SECONDS", idle_seconds)
        arrived: Queue[str | None] = Queue()
        follower = Thread(target=_follow, args=(engine.subscribe(), arrived), daemon=True)
        follower.start()
        for _ in range(cuts):
            assert eventually(lambda: break_off(url, LISTENERS))
            torture.tally.cycles += 1
            must_arrive(torture, engine, arrived, idle_seconds)
    follower.join(60)
    assert not follower.is_alive()


def must_arrive(torture: Torture, engine: footfall.Engine, arrived: Queue[str | None], without: object) -> None:
    """An event that is tracked now reaches the follower in time."""
    event_id = uuid4()
    engine.track(WHO, "page.visit", {"url": "/"}, event_id=event_id)
    torture.tally.acknowledged += 1
    started = time.monotonic()
    try:
        found = arrived.get(timeout=60)
    except Empty:
        torture.tally.lost += 1
        return
    if (lag := time.monotonic() - started) > torture.within(LAG_SECONDS, without) or found != str(event_id):
        torture.tally.differs(f"{event_id} came after {lag:.1f} s as {found}")


def _follow(events: footfall.Subscription, arrived: Queue[str | None]) -> None:
    for event in events:
        if event.action == "page.visit":
            arrived.put(event.event_id)


def test_events_arrive_all_the_same(torture: Torture, postgres_url: str) -> None:
    cuts = torture.scaled(50, short=3)
    torture.endure(lambda without: deafen(torture, postgres_url, cuts, without), 4.0)


def test_control_a_follower_that_seldom_looks(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: deafen(torture, postgres_url, 1, without), 4.0)
