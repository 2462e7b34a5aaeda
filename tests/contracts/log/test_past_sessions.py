"""Past sessions on every log: written with a snapshot, and read by where activity reaches."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import msgspec
import pytest

from footfall.application.ports.log import Log
from footfall.domain.past_sessions import PastChange, Snapshot
from footfall.domain.sessions import Session, single
from footfall.domain.spans import WITHOUT_END, Span
from tests.contracts.log.streams import activity, append, appends, recorded, states, write
from tests.contracts.support import ALICE, BOB, MINUTE, NOON

EVERYTHING = Span(-WITHOUT_END)


def session(hour: int, *, ended: bool = True) -> Session:
    """A session of one visit, so many hours after noon."""
    return msgspec.structs.replace(single(activity(f"{hour}", 60 * hour), with_page=False), end_announced=ended)


def change(log: Log, who: UUID, past: PastChange, name: str = "now", *, failing: bool = False) -> None:
    """Change past sessions beside an event."""
    events = recorded(who, [activity(f"{who} {name}", 9_999)], log.state(who))
    with suppress(ZeroDivisionError), log.transaction([who]) as transaction:
        write(transaction, appends(events, {who: Snapshot(states(events)[who], past)}))
        if failing:
            raise ZeroDivisionError


def read(log: Log, *spans: Span, who: UUID = ALICE) -> list[Session]:
    with log.transaction([who]) as transaction:
        return transaction.past_sessions({who: spans})[who]


def hours(found: Sequence[Session]) -> list[int]:
    return [(one.started_at - NOON) // (60 * MINUTE) for one in found]


def around(first: float, last: float) -> Span:
    """Between two hours, by deadlines, which are half an hour after a visit."""
    return Span(NOON + round(60 * MINUTE * first), NOON + round(60 * MINUTE * last))


@pytest.fixture
def log(any_log: Log) -> Log:
    """A log with past sessions of two customers, every hour."""
    for who in (ALICE, BOB):
        change(any_log, who, PastChange((), [session(hour) for hour in range(9)]))
    return any_log


def test_past_sessions_come_back_as_they_were_written_and_in_order(log: Log) -> None:
    change(log, ALICE, PastChange((), [session(20), session(10)]), "more")
    assert read(log, EVERYTHING) == [session(hour) for hour in (*range(9), 10, 20)]


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        ([around(-5, -4)], [0]),
        ([around(2, 4)], [2, 3, 4]),
        ([around(2.5, 3.5)], [2, 3, 4]),
        ([around(2.6, 2.7)], [3]),
        ([around(8.6, 99)], []),
        ([around(1, 1.2), around(6.6, 6.7)], [1, 7]),
        ([around(2.6, 2.7), around(2.8, 3.6)], [3, 4]),
        ([], []),
    ],
)
def test_what_lies_in_spans_is_found_and_the_first_one_after_each_and_none_twice(
    log: Log, spans: list[Span], found: list[int]
) -> None:
    assert hours(read(log, *spans)) == found


def test_several_customers_are_asked_about_at_once(log: Log) -> None:
    with log.transaction([ALICE, BOB]) as transaction:
        found = transaction.past_sessions({ALICE: [around(2.6, 2.7)], BOB: [around(4, 5)]})
    assert {who: hours(sessions) for who, sessions in found.items()} == {ALICE: [3], BOB: [4, 5]}


def test_some_are_taken_out_and_others_put_in_their_place(log: Log) -> None:
    gone = [session(hour).deadline for hour in (3, 4)]
    change(log, ALICE, PastChange(gone, [session(3, ended=False)]), "joined")
    assert hours(read(log, EVERYTHING)) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert not read(log, around(3, 3.5))[0].end_announced
    assert hours(read(log, EVERYTHING, who=BOB)) == [*range(9)]


def test_all_that_was_there_goes_where_they_are_written_anew(log: Log) -> None:
    change(log, ALICE, PastChange((), [session(3), session(7)], anew=True), "anew")
    assert hours(read(log, EVERYTHING)) == [3, 7]
    assert hours(read(log, EVERYTHING, who=BOB)) == [*range(9)]


def test_they_are_taken_back_with_the_transaction(log: Log) -> None:
    change(log, ALICE, PastChange([session(1).deadline], [session(30)]), "failed", failing=True)
    assert hours(read(log, EVERYTHING)) == [*range(9)]


def test_those_whose_end_is_not_announced_are_found_a_number_at_a_time(log: Log) -> None:
    unended = [session(hour, ended=False) for hour in (1, 4, 6, 8)]
    change(log, ALICE, PastChange([one.deadline for one in unended], unended), "reopened")
    partition = log.partition_of(ALICE)
    with log.sweep(partition) as sweep:
        assert sweep.open_past_sessions([ALICE, BOB], 3) == {ALICE: unended[:3], BOB: []}
        assert sweep.open_past_sessions([ALICE, BOB], 9) == {ALICE: unended, BOB: []}


def test_a_customer_without_a_snapshot_has_none(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]))
    assert read(any_log, EVERYTHING) == []
