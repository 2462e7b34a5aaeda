"""The sweep ends what has timed out; when to look at whom is written lazily."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from footfall.application.ingest import batch
from footfall.application.ports.errors import AppendConflict, StoreUnavailable
from footfall.application.sweep import CUSTOMERS, Swept
from footfall.domain.customer import SESSIONS_REMEMBERED
from footfall.domain.events import SessionEnded
from tests.application.desk import Desk, at
from tests.builders import CUSTOMER, NOON, OTHER, TIMEOUT, uid

LATER = NOON + 1_000 * TIMEOUT


def ends(desk: Desk) -> list[int]:
    """The moments, from noon, at which sessions of the customer ended, in the order in which it was told."""
    return [event.time - NOON for event in desk.log.history(CUSTOMER) if isinstance(event, SessionEnded)]


def look_at(desk: Desk) -> list[int]:
    """When somebody is to be looked at, from noon."""
    return [due - NOON for due in desk.log.deadlines.values()]


def test_a_session_is_ended_once_when_its_deadline_has_passed() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0), at(2, 5))
    assert desk.sweep.sweep(NOON + 5 + TIMEOUT).sessions == 0
    assert desk.sweep.sweep(NOON + 5 + TIMEOUT + 1) == Swept(customers=1, sessions=1)
    assert desk.sweep.sweep(LATER) == Swept(customers=0, sessions=0)
    assert ends(desk) == [5 + TIMEOUT]
    assert look_at(desk) == []


def test_activity_in_an_open_session_does_not_touch_when_to_look() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0))
    for number in range(2, 9):
        desk.send(at(number, number * TIMEOUT // 2))
        assert look_at(desk) == [TIMEOUT]


def test_a_sweep_that_looks_early_looks_again_at_the_deadline() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0))
    desk.send(at(2, TIMEOUT))
    assert desk.sweep.sweep(NOON + TIMEOUT + 1) == Swept(customers=1, sessions=0)
    assert look_at(desk) == [2 * TIMEOUT]
    assert desk.sweep.sweep(LATER) == Swept(customers=1, sessions=1)


def test_a_late_event_before_all_others_is_looked_at_sooner() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 9 * TIMEOUT))
    desk.send(at(2, 0))
    assert look_at(desk) == [TIMEOUT]


def test_a_session_that_had_ended_is_reopened_and_ends_again_at_its_new_deadline() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0))
    desk.sweep.sweep(NOON + TIMEOUT + 1)
    desk.send(at(2, TIMEOUT))
    assert look_at(desk) == [2 * TIMEOUT]
    assert desk.sweep.sweep(NOON + 2 * TIMEOUT) == Swept(customers=0, sessions=0)
    assert desk.sweep.sweep(LATER).sessions == 1
    assert ends(desk) == [TIMEOUT, 2 * TIMEOUT]


def test_activity_within_an_ended_session_does_not_end_it_again() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0), at(2, TIMEOUT))
    desk.sweep.sweep(LATER)
    desk.send(at(3, TIMEOUT // 2))
    assert desk.sweep.sweep(LATER).sessions == 0
    assert ends(desk) == [2 * TIMEOUT]


def test_sessions_that_no_snapshot_remembers_are_ended_too() -> None:
    desk = Desk(now=LATER)
    count = 3 * SESSIONS_REMEMBERED
    for number in range(count):
        desk.send(at(number + 1, 2 * number * TIMEOUT))
    assert desk.sweep.sweep(LATER) == Swept(customers=1, sessions=count)
    assert ends(desk) == [(2 * number + 1) * TIMEOUT for number in range(count)]
    # From now on its remembered sessions suffice.
    desk.log.recalled.clear()
    desk.send(at(900, 500 * TIMEOUT))
    assert desk.sweep.sweep(LATER).sessions == 1
    assert desk.log.recalled == []


def test_what_is_no_session_activity_waits_for_nobody() -> None:
    desk = Desk(now=LATER)
    desk.define("server.noted")
    desk.send(at(1, 0) | {"action": "server.noted", "params": {}})
    desk.update({"uuid": str(CUSTOMER), "attributes": {"city": "Brno"}})
    assert look_at(desk) == []


def crowd(desk: Desk, number: int) -> None:
    desk.send(*(at(n, 0, uuid=str(uid(10**9 + n))) for n in range(number)))


def test_a_sweep_takes_a_bounded_number_of_customers_of_each_partition() -> None:
    desk = Desk(now=LATER)
    crowd(desk, 2 * CUSTOMERS + 100)
    assert [desk.sweep.sweep(LATER) for _ in range(3)] == [
        Swept(2 * CUSTOMERS, 2 * CUSTOMERS),
        Swept(100, 100),
        Swept(0, 0),
    ]


def test_sweeping_all_goes_on_until_nothing_is_due_or_until_it_is_asked_to_stop() -> None:
    desk = Desk(now=LATER)
    crowd(desk, 2 * CUSTOMERS + 100)
    answers = iter([False, True])
    assert desk.sweep.sweep_all(desk.clock, lambda: next(answers)) == 2 * CUSTOMERS
    assert desk.sweep.sweep_all(desk.clock) == 100


@pytest.mark.parametrize("when", ["broken_before_commit", "broken_after_commit"])
@pytest.mark.parametrize("failure", [AppendConflict("raced"), StoreUnavailable("gone")])
def test_a_sweep_that_fails_is_tried_again_and_ends_nothing_twice(when: str, failure: Exception) -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0))
    broken: list[Exception] = getattr(desk.log, when)
    broken.append(failure)
    desk.sweep.sweep(LATER)
    assert ends(desk) == [TIMEOUT]
    assert look_at(desk) == []


def test_sweepers_that_begin_at_different_turns_begin_at_different_partitions() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0), at(2, 0, uuid=str(OTHER)))
    taken: Sequence[int] = desk.log.swept
    desk.sweep.sweep(LATER)
    desk.send(at(3, 9 * TIMEOUT), at(4, 9 * TIMEOUT, uuid=str(OTHER)))
    desk.sweep.sweep(LATER)
    assert taken[0] != taken[2]
    assert set(taken[:2]) == set(taken[2:]) == {0, 1}


def test_a_bug_in_a_decision_is_told_and_not_taken_for_a_stream_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0))

    def mistaken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(batch, "overdue_ends", mistaken)
    with pytest.raises(KeyError, match="a bug"):
        desk.sweep.sweep(LATER)
    assert look_at(desk) == [TIMEOUT]
    monkeypatch.undo()
    assert desk.sweep.sweep(LATER) == Swept(customers=1, sessions=1)


def test_neither_the_sweep_nor_who_comes_after_it_loads_a_state_that_is_known() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0))
    desk.log.loaded.clear()
    assert desk.sweep.sweep(LATER).sessions == 1
    desk.send(at(2, 2 * TIMEOUT))
    assert desk.log.loaded == []
    assert desk.sweep.sweep(LATER).sessions == 1
    assert ends(desk) == [TIMEOUT, 3 * TIMEOUT]


def test_a_sweep_beside_another_process_knows_what_that_has_written() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0))
    Desk(desk.log, now=LATER).send(at(2, TIMEOUT))
    assert desk.sweep.sweep(LATER).sessions == 1
    assert ends(desk) == [2 * TIMEOUT]
