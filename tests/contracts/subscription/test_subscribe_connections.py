"""Connections of subscriptions to PostgreSQL: one that listens, which may break, and none that stays behind."""

from __future__ import annotations

from threading import Event

import pytest

import footfall
from footfall.application.reading import subscription
from footfall.infrastructure.log import event_log
from footfall.infrastructure.log.dialects.postgres_channel import NOTIFY_SECONDS
from footfall.infrastructure.log.wakeups import Notification
from tests.contracts.connected import LISTENERS, OTHERS, break_off, connections
from tests.contracts.subscription.following import Follower, eventually
from tests.contracts.support import ALICE, OpenEngine, crowd, visit
from tests.forked import PATIENCE_SECONDS

pytestmark = pytest.mark.direct  # a pooler passes no notification on
NEVER_SECONDS = 3_600.0


@pytest.fixture
def engine(engine_at: OpenEngine, postgres_url: str) -> footfall.Engine:
    """An engine on PostgreSQL; its views are not looked at afterwards, for its connections may be broken by then."""
    return engine_at(postgres_url)


def listens(url: str, times: int = 1) -> bool:
    """Whether so many connections come to listen."""
    return eventually(lambda: connections(url, LISTENERS) == times)


def test_a_notification_alone_brings_an_event(
    engine: footfall.Engine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle, wait = Event(), Notification.wait

    def watched(self: Notification, seconds: float) -> None:
        if seconds == NEVER_SECONDS:
            idle.set()
        wait(self, seconds)

    def track(minute: int) -> None:
        assert idle.wait(PATIENCE_SECONDS)
        idle.clear()
        engine.track_many([visit(ALICE, minute)])

    monkeypatch.setattr(subscription, "IDLE_SECONDS", NEVER_SECONDS)
    monkeypatch.setattr(Notification, "wait", watched)
    with Follower(engine.subscribe({"page.visit"})) as follower:
        assert listens(postgres_url)
        for minute in range(5):
            track(minute)
            assert follower.next()
        assert idle.wait(PATIENCE_SECONDS)
        follower.subscription.close()
        track(5)  # a subscription that waits sees that it is closed when it is woken


def test_an_event_that_follows_another_closely_needs_no_notification_of_its_own(
    engine_at: OpenEngine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert subscription.BUSY_SECONDS > NOTIFY_SECONDS
    monkeypatch.setattr(event_log, "NOTIFY_SECONDS", NEVER_SECONDS)
    monkeypatch.setattr(subscription, "BUSY_SECONDS", 3.0)
    monkeypatch.setattr(subscription, "IDLE_SECONDS", NEVER_SECONDS)
    engine = engine_at(postgres_url)
    with Follower(engine.subscribe({"page.visit"})) as follower:
        assert listens(postgres_url)
        for minute in range(2):
            engine.track_many([visit(ALICE, minute)])
            assert follower.next()


def test_it_listens_again_and_an_event_arrives_when_its_connection_was_broken_off(
    engine: footfall.Engine, postgres_url: str
) -> None:
    with Follower(engine.subscribe({"page.visit"})) as follower:
        for minute in range(3):
            assert listens(postgres_url)
            assert break_off(postgres_url, LISTENERS) == 1
            engine.track_many([visit(ALICE, minute)])
            assert follower.next()


def test_it_survives_that_all_connections_are_broken_off(
    engine: footfall.Engine, engine_at: OpenEngine, postgres_url: str
) -> None:
    engine.track_many(crowd(5))
    with Follower(engine.subscribe(after="start")) as follower:
        assert len(follower.take(20)) == 20
        for minute in range(3):
            assert listens(postgres_url)
            assert break_off(postgres_url, OTHERS) >= 2
            engine_at(postgres_url).track_many([visit(ALICE, 50 * minute)])
            assert [event.action for event in follower.take(2)] == ["session.start", "page.visit"]
    assert follower.left_over() == []


def test_what_was_committed_while_it_was_cut_off_arrives_once(
    engine: footfall.Engine, engine_at: OpenEngine, postgres_url: str
) -> None:
    other = engine_at(postgres_url)
    with Follower(engine.subscribe({"page.visit"})) as follower:
        for minute in range(10):
            other.track_many([visit(ALICE, minute, f"/{minute}")])
            break_off(postgres_url, LISTENERS)
        assert [event.params["url"] for event in follower.take(10)] == [f"/{minute}" for minute in range(10)]
    assert follower.left_over() == []


def test_a_subscription_that_was_closed_leaves_no_connection(engine: footfall.Engine, postgres_url: str) -> None:
    engine.track_many([visit(ALICE, 0)])
    before = connections(postgres_url, OTHERS)
    for _ in range(5):
        with Follower(engine.subscribe()):
            assert listens(postgres_url)
    assert listens(postgres_url, 0)
    assert eventually(lambda: connections(postgres_url, OTHERS) == before)


def test_each_subscription_that_waits_has_one_connection_to_listen(engine: footfall.Engine, postgres_url: str) -> None:
    with Follower(engine.subscribe()) as one, Follower(engine.subscribe()) as other:
        assert listens(postgres_url, 2)
        one.subscription.close()
        assert listens(postgres_url, 1)
        engine.track_many([visit(ALICE, 0)])
        assert len(other.take(2)) == 2


def test_a_subscription_that_does_not_wait_needs_no_connection_to_listen(
    engine: footfall.Engine, postgres_url: str
) -> None:
    with engine.subscribe(after="start", follow=False) as events:
        engine.track_many([visit(ALICE, 0)])
        assert len(list(events)) == 2
        assert connections(postgres_url, LISTENERS) == 0


def test_an_engine_that_is_closed_when_something_has_just_come_leaves_no_connection(
    engine_at: OpenEngine, postgres_url: str
) -> None:
    for minute in range(5):
        engine = engine_at(postgres_url)
        followers = [Follower(engine.subscribe({"page.visit"})) for _ in range(3)]
        engine.track_many([visit(ALICE, minute)])
        assert all(follower.next() for follower in followers)
        engine.close()
        assert all(follower.ends() for follower in followers)
        assert eventually(lambda: connections(postgres_url, OTHERS) == 0)


def test_an_engine_that_was_closed_leaves_no_connection(engine: footfall.Engine, postgres_url: str) -> None:
    followers = [Follower(engine.subscribe()) for _ in range(3)]
    assert listens(postgres_url, 3)
    engine.close()
    assert all(follower.ends() for follower in followers)
    assert eventually(lambda: connections(postgres_url, OTHERS) == 0)
