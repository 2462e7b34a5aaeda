"""Two processes on one store, each of which remembers customers: what one has written, the other goes by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import footfall
from footfall import Sender
from tests.contracts.support import ALICE, BOB, ManualClock, OpenEngine, statuses, visit

ANYBODY = Sender.anonymous(ALICE)
Pair = tuple[footfall.Engine, footfall.Engine]


@pytest.fixture
def clock() -> ManualClock:
    """That of both."""
    return ManualClock()


@pytest.fixture
def pair(engine_at: OpenEngine, database_url: str, clock: ManualClock) -> Pair:
    """Two engines, of which the first remembers Alice, who is recognised, and Bob."""
    first, second = (engine_at(database_url, clock=clock, partitions=1) for _ in range(2))
    first.update(ALICE, {"recognised": True})
    first.track_many([visit(ALICE, 0), visit(BOB, 0)])
    return first, second


def answer(engine: footfall.Engine, minute: float, sender: Sender = ANYBODY) -> str:
    """What becomes of a visit of Alice's."""
    result = engine.track(ALICE, "page.visit", {"url": f"/{minute}"}, sender=sender)
    return str(result.reason or result.status)


def test_a_refusal_goes_by_what_another_process_has_written(pair: Pair) -> None:
    first, second = pair
    assert answer(first, 1) == "access_denied"
    second.update(ALICE, {"recognised": None})
    assert (answer(first, 2), answer(second, 3)) == ("accepted", "accepted")
    second.update(ALICE, {"recognised": True})
    assert (answer(first, 4), answer(second, 5)) == ("access_denied", "access_denied")


REFUSED: dict[str, Callable[[footfall.Engine], object]] = {
    "alone": lambda engine: answer(engine, 1),
    "a duplicate": lambda engine: engine.track_many([visit(ALICE, 0)], sender=ANYBODY),
    "with another's": lambda engine: engine.take_in(
        [
            footfall.HandedIn(footfall.SubmissionKind.EVENT, visit(customer, 1), sender)
            for customer, sender in ((BOB, Sender.server()), (ALICE, ANYBODY))
        ]
    ),
    "with many of another's": lambda engine: engine.take_in(
        [footfall.HandedIn(footfall.SubmissionKind.EVENT, visit(BOB, 1 + n), Sender.server()) for n in range(80)]
        + [footfall.HandedIn(footfall.SubmissionKind.EVENT, visit(ALICE, 1), ANYBODY)]
    ),
}


@pytest.mark.parametrize("how", REFUSED)
def test_after_a_refusal_a_process_knows_what_another_has_written(pair: Pair, how: str) -> None:
    first, second = pair
    second.track_many([visit(ALICE, 2)])
    REFUSED[how](first)
    assert statuses(first.track_many([visit(ALICE, 3), visit(BOB, 300)])) == ["accepted", "accepted"]
    assert statuses(second.track_many([visit(ALICE, 4), visit(BOB, 400)])) == ["accepted", "accepted"]
    assert first.verify().ok


@pytest.mark.parametrize("how", REFUSED)
def test_after_a_refusal_the_sessions_that_another_process_began_are_ended(
    pair: Pair, clock: ManualClock, how: str
) -> None:
    first, second = pair
    first.sweep()
    second.track(ALICE, "page.visit", {"url": "/"})
    REFUSED[how](first)
    clock.advance(hours=1)
    assert first.sweep() >= 1
    ends = [one for one in second.timeline(ALICE) if one.action == "session.end"]
    assert len(ends) == len(second.sessions(ALICE, fresh=True)) == 2
