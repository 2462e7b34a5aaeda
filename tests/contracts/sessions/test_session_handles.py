"""A session id that was once announced leads to the session that holds its first event, whatever came late."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import pytest

import footfall
from footfall.domain.moments import to_datetime
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from tests.contracts.support import ALICE, BOB, NOON, named, visit

NUMBERS = count(1)
TIMEOUTS = [timedelta(microseconds=DEFAULT_TIMEOUT // share) for share in (1, 2, 3)]


class Told(NamedTuple):
    """What was announced: a session's id, and when its first event was."""

    session_id: str
    started_at: datetime


def handle_of(customer: UUID, event_id: UUID) -> str:
    """The id of the session that an event begins."""
    return str(uuid5(customer, f"session {event_id}"))


def announced(engine: footfall.Engine, customer: UUID) -> set[Told]:
    """All that was ever told of a customer's sessions, read from the log."""
    actions = {"session.start", "session.revise"}
    told = engine.subscribe(actions, customer=customer, after="start", follow=False)
    return {Told(event.params["sessionId"], datetime.fromisoformat(event.params["startedAt"])) for event in told}


def found(engine: footfall.Engine, session_id: str, *, fresh: bool = True) -> str | None:
    row = engine.session(session_id, fresh=fresh)
    return None if row is None else row.session_id


def check(engine: footfall.Engine, customer: UUID, story: list[dict[str, Any]]) -> int:
    """Every announced id leads to the session of its first event, every other to none; how many were done away with."""
    told = announced(engine, customer)
    moments = {handle_of(customer, event["event_id"]): event["time"] for event in story}
    assert all(moments[one.session_id] == one.started_at for one in told)
    known, rows = {one.session_id for one in told}, engine.sessions(customer, fresh=True)
    for session_id, moment in moments.items():
        holders = [row.session_id for row in rows if row.started_at <= moment <= row.last_activity_at]
        assert [found(engine, session_id, fresh=False)] == (holders if session_id in known else [None])
    return len(known - {row.session_id for row in rows})


def story_of(rng: random.Random, customer: UUID) -> list[dict[str, Any]]:
    """What one customer did, in the order of arrival: moments on and beside the timeout, some of them the same."""
    steps = [rng.randrange(-12, 13) * DEFAULT_TIMEOUT // 2 + rng.choice([-1, 0, 0, 1]) for _ in range(30)]
    acts = [("page.visit", {"url": "/"}), ("button.click", {})]
    shapes = [(step, *rng.choice(acts), UUID(int=next(NUMBERS) << 20 | rng.randrange(1 << 20))) for step in steps]
    return [
        {"uuid": customer, "action": action, "params": params, "time": to_datetime(NOON + step), "event_id": event_id}
        for step, action, params, event_id in shapes
    ]


def batches(rng: random.Random, story: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The story in pieces of one to five events."""
    rest = list(story)
    while rest:
        size = rng.randrange(1, 6)
        yield rest[:size]
        rest = rest[size:]


@pytest.mark.parametrize("timeouts", [TIMEOUTS[:1], TIMEOUTS], ids=["one timeout", "several timeouts"])
def test_every_id_that_was_announced_leads_to_the_session_of_its_first_event(
    engine: footfall.Engine, timeouts: list[timedelta]
) -> None:
    rng, replaced = random.Random(len(timeouts)), 0
    people = [named(f"{timeouts} {n}") for n in range(8)]
    stories = {who: story_of(rng, who) for who in people}
    for who, story in stories.items():
        for batch in batches(rng, story):
            engine.track_many(batch)
            for step in rng.sample([engine.sweep, engine.catch_up, engine.status], 2):
                step()
            engine.set_session_timeout(rng.choice(timeouts))
        replaced += check(engine, who, story)
    assert replaced > 12
    assert engine.rebuild()
    assert engine.verify().ok
    assert sum(check(engine, who, story) for who, story in stories.items()) == replaced


def test_an_id_leads_on_through_several_late_events_and_a_rebuild(engine: footfall.Engine) -> None:
    visits = [
        visit(ALICE, 50),
        visit(ALICE, 120),
        visit(ALICE, 25),
        visit(ALICE, 80),
        visit(ALICE, 100),
        visit(ALICE, 0),
    ]
    for one in visits:
        engine.track_many([one])
        engine.sweep()
    first, second, third, last = (handle_of(ALICE, visits[n]["event_id"]) for n in (0, 1, 2, 5))
    assert [row.session_id for row in engine.sessions(ALICE, fresh=True)] == [last]
    for _ in range(2):
        assert {found(engine, one) for one in (first, second, third, last)} == {last}
        engine.rebuild("session_handles")


def test_an_id_that_was_never_announced_leads_to_none(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0), visit(ALICE, 5)])
    assert found(engine, handle_of(ALICE, visit(ALICE, 5)["event_id"])) is None
    assert found(engine, handle_of(BOB, visit(ALICE, 0)["event_id"])) is None
    assert engine.session(UUID(int=0), fresh=True) is None
    with pytest.raises(footfall.InvalidArgument):
        engine.session("the first one")


def test_an_old_id_leads_on_when_the_sessions_alone_were_rebuilt(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 10)])
    engine.catch_up()
    engine.track_many([visit(ALICE, 0)])
    engine.rebuild("sessions")
    assert engine.session(handle_of(ALICE, visit(ALICE, 10)["event_id"]), fresh=False) is not None
