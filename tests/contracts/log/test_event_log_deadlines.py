"""The contract of the event log's port, for every log: when to look at whose sessions."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from footfall.application.ports.log import Log
from tests.contracts.log.streams import activity, append, appends, facts_of, recorded, write
from tests.contracts.support import MINUTE, NOON

# All of them lie in partition 0, whatever the number of partitions, but for the last, where there are several.
FIRST, SECOND, THIRD, ELSEWHERE = (UUID(int=number) for number in (4, 8, 12, 13))


def due(log: Log, **minutes: int) -> None:
    """Write deadlines so many minutes after noon, each with an event, for nothing is written without one."""
    customers = {"first": FIRST, "second": SECOND, "third": THIRD, "elsewhere": ELSEWHERE}
    deadlines = {customers[name]: NOON + minute * MINUTE for name, minute in minutes.items()}
    events = [
        event
        for who in deadlines
        for event in recorded(who, [activity(f"{log.state(who).version}", 0)], log.state(who))
    ]
    with log.transaction(deadlines) as transaction:
        write(transaction, appends(events, deadlines=deadlines))


def overdue(log: Log, minute: int, limit: int = 10) -> list[UUID]:
    with log.sweep(0) as transaction:
        return transaction.overdue(NOON + minute * MINUTE, limit)


def test_a_log_without_deadlines_waits_for_nobody(any_log: Log) -> None:
    append(any_log, *recorded(FIRST, [activity("a", 0)]))
    assert any_log.overdue_partitions(NOON * 2) == []
    assert overdue(any_log, 10**6) == []


def test_those_who_wait_longest_come_first_up_to_a_limit(any_log: Log) -> None:
    due(any_log, first=2, second=1, third=3)
    assert overdue(any_log, 9) == [SECOND, FIRST, THIRD]
    assert overdue(any_log, 9, limit=2) == [SECOND, FIRST]
    assert overdue(any_log, 3) == [SECOND, FIRST]


def test_a_deadline_has_passed_only_afterwards(any_log: Log) -> None:
    due(any_log, first=1)
    assert any_log.overdue_partitions(NOON + MINUTE) == overdue(any_log, 1) == []
    assert any_log.overdue_partitions(NOON + MINUTE + 1) == [0]


def test_partitions_are_told_in_which_somebody_waits(any_log: Log) -> None:
    due(any_log, first=1, elsewhere=1)
    partitions = {any_log.partition_of(FIRST), any_log.partition_of(ELSEWHERE)}
    assert any_log.overdue_partitions(NOON + 2 * MINUTE) == sorted(partitions)
    assert overdue(any_log, 2) == ([FIRST] if len(partitions) > 1 else [FIRST, ELSEWHERE])


def test_an_earlier_deadline_takes_the_place_of_a_later_one_and_not_the_other_way_round(any_log: Log) -> None:
    due(any_log, first=5, second=5)
    due(any_log, first=1, second=9)
    assert overdue(any_log, 2) == [FIRST]
    assert overdue(any_log, 6) == [FIRST, SECOND]


def test_a_deadline_is_replaced_by_a_later_one_or_forgotten(any_log: Log) -> None:
    due(any_log, first=1, second=1, third=1)
    with any_log.sweep(0) as transaction:
        assert len(transaction.overdue(NOON + 2 * MINUTE, 10)) == 3
        transaction.postpone({FIRST: NOON + 5 * MINUTE, SECOND: None})
    assert overdue(any_log, 2) == [THIRD]
    assert overdue(any_log, 6) == [THIRD, FIRST]
    due(any_log, second=3)
    assert overdue(any_log, 6) == [THIRD, SECOND, FIRST]


def test_a_sweep_reads_appends_and_is_taken_back_by_an_exception(any_log: Log) -> None:
    due(any_log, first=1)
    more = recorded(FIRST, [activity("more", 2)], any_log.state(FIRST))
    for failing in (True, False):
        with suppress(ZeroDivisionError), any_log.sweep(0) as transaction:
            assert transaction.overdue(NOON + 2 * MINUTE, 10) == [FIRST]
            assert transaction.states([FIRST]) == {FIRST: any_log.state(FIRST)}
            write(transaction, appends(more))
            transaction.postpone({FIRST: None})
            if failing:
                raise ZeroDivisionError
        assert len(facts_of(any_log, FIRST)) == (1 if failing else 2)
    assert overdue(any_log, 2) == []
