"""Cursors: the place after each event, which can be stored and gone on from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

import footfall
from footfall.application.reading.answers import ActivityEvent
from footfall.infrastructure.log import following
from tests.contracts.servers import fresh_database
from tests.contracts.subscription.following import Follower, by_customer, so_far, streams
from tests.contracts.support import ALICE, BOB, OpenEngine, crowd, named, visit

CUSTOMERS = [named(f"customer {n}") for n in range(9)]
RARE = "cart.rare"


@pytest.fixture
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FOLLOWED", 7)


def fill(engine: footfall.Engine, seed: int) -> None:
    """Forty visits in batches of any size, many of them late, with sweeps and attributes between."""
    rng = random.Random(seed)
    visits = [visit(rng.choice(CUSTOMERS), rng.randrange(0, 400), f"/{n}") for n in range(40)]
    while visits:
        size = rng.randrange(1, 20)
        engine.track_many(visits[:size])
        engine.update(rng.choice(CUSTOMERS), {"size": size})
        engine.sweep()
        visits = visits[size:]


def rests(events: list[ActivityEvent]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The cursor of each event, and the events of each customer after it."""
    for number, event in enumerate(events, start=1):
        yield event.cursor, by_customer(events[number:])


@pytest.mark.usefixtures("_small_pages")
@pytest.mark.parametrize("seed", [1, 2])
def test_after_the_cursor_of_any_event_comes_exactly_the_rest(
    engine: footfall.Engine, database_url: str, seed: int
) -> None:
    fill(engine, seed)
    events = so_far(engine)
    assert by_customer(events) == streams(database_url)
    for cursor, rest in rests(events):
        assert by_customer(so_far(engine, cursor)) == rest


@pytest.mark.usefixtures("_small_pages")
@pytest.mark.parametrize("wanted", [{"actions": ["session.end"]}, {"customer": CUSTOMERS[0]}], ids=["action", "who"])
def test_a_cursor_holds_under_its_filter(engine: footfall.Engine, wanted: dict[str, Any]) -> None:
    fill(engine, 3)
    events = so_far(engine, **wanted)
    assert len(events) > 7
    for cursor, rest in rests(events):
        assert by_customer(so_far(engine, cursor, **wanted)) == rest


@pytest.mark.usefixtures("_small_pages")
def test_a_reader_that_stops_after_every_few_events_sees_each_once(engine: footfall.Engine, database_url: str) -> None:
    fill(engine, 4)
    rng, cursor, seen = random.Random(4), "start", list[ActivityEvent]()
    while some := list(islice(engine.subscribe(after=cursor, follow=False), rng.randrange(1, 9))):
        seen += some
        cursor = some[-1].cursor
    assert by_customer(seen) == streams(database_url)


def test_the_subscriptions_own_cursor_is_that_of_the_last_event_taken(engine: footfall.Engine) -> None:
    engine.track_many(crowd(10))
    with engine.subscribe(after="start") as events:
        for event in (next(events) for _ in range(25)):
            assert events.cursor == event.cursor
    assert len(so_far(engine, events.cursor)) == 40 - 25


def test_a_cursor_is_good_in_another_process_at_another_time(
    engine: footfall.Engine, engine_at: OpenEngine, database_url: str
) -> None:
    engine.track_many(crowd(20))
    cursor = so_far(engine)[59].cursor
    with engine_at(database_url) as other:
        assert so_far(other, cursor) == so_far(engine, cursor)
        assert len(so_far(other, cursor)) == 20


@pytest.mark.usefixtures("_small_pages")
def test_a_filter_that_matches_little_loses_nothing(engine: footfall.Engine) -> None:
    engine.define(RARE, label="Rare")
    with Follower(engine.subscribe({RARE})) as follower:
        for minute in range(4):
            engine.track_many([*(visit(who, minute) for who in CUSTOMERS), visit(ALICE, minute) | {"action": RARE}])
        cursors = [event.cursor for event in follower.take(4)]
    assert [len(so_far(engine, cursor, actions=[RARE])) for cursor in cursors] == [3, 2, 1, 0]


@pytest.mark.usefixtures("_small_pages")
def test_a_cursor_moves_on_where_nothing_matches(engine: footfall.Engine) -> None:
    engine.track_many(crowd(20))
    events = engine.subscribe({"session.revise"}, after="start", follow=False)
    assert list(events) == []
    assert so_far(engine, events.cursor) == []
    engine.track_many([visit(BOB, 0)])
    assert len(so_far(engine, events.cursor)) == 2


@pytest.mark.parametrize(
    "cursor", ["", "x", "-1", "1.2", "1 ", " 1", "1_0", "+1", "²", "1.", "9" * 19, "Start", 5, b"1"]
)
def test_a_malformed_cursor_is_refused_at_once(engine: footfall.Engine, cursor: str) -> None:
    with pytest.raises(footfall.InvalidArgument):
        engine.subscribe(after=cursor)


def test_a_cursor_of_a_store_with_other_partitions_is_refused(
    engine: footfall.Engine, engine_at: OpenEngine, postgres_server: str
) -> None:
    with fresh_database(postgres_server) as url, engine_at(url, partitions=3) as other:
        for one, foreign in ((engine, other), (other, engine)):
            foreign.track_many([visit(ALICE, 0)])
            with pytest.raises(footfall.InvalidArgument, match="cursor"):
                one.subscribe(after=so_far(foreign)[0].cursor)
