"""Several processes write to one log; what fails on the way is tried again, and never written twice."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import pairwise
from uuid import uuid5

import pytest

from footfall.application.ports.errors import AppendConflict, CatalogueChanged, StoreBusy, StoreUnavailable
from footfall.application.running import retries
from footfall.application.running.retries import ATTEMPTS, ATTEMPTS_WITHIN, retried_within
from footfall.domain.actions import SESSION_START
from footfall.domain.moments import MINUTE
from tests.application.desk import Desk, visit
from tests.application.watched_log import WatchedLog
from tests.builders import CUSTOMER, NOON, OTHER, uid


def two_desks() -> tuple[Desk, Desk]:
    log = WatchedLog()
    return Desk(log), Desk(log, ids_from=2 * 10**6)


def answers(desk: Desk, *events: object) -> list[str]:
    return [result.reason or result.status for result in desk.send(*events)]


def test_an_event_that_another_process_has_stored_is_found_after_the_append_has_failed() -> None:
    one, other = two_desks()
    one.send(visit(1))
    assert answers(other, visit(2), visit(1), visit(3)) == ["accepted", "duplicate", "accepted"]
    assert one.log.transactions == 3
    assert one.stored() == [uid(1), uid(2), uid(3)]


def test_a_conflict_with_what_another_process_has_stored_is_found_too() -> None:
    one, other = two_desks()
    one.send(visit(1))
    assert answers(other, visit(1, params={"url": "/other"}), visit(2)) == ["conflict", "accepted"]


def test_while_events_come_twice_they_are_looked_up_before_the_append_fails() -> None:
    one, other = two_desks()
    one.send(visit(1), visit(2))
    assert answers(other, visit(1)) == ["duplicate"]
    before = one.log.transactions
    assert answers(other, visit(2)) == ["duplicate"]
    assert one.log.transactions == before + 1


def test_processes_that_take_turns_write_one_stream() -> None:
    one, other = two_desks()
    for number, desk in enumerate([one, other, other, one, one, other], 1):
        desk.now = NOON + number * 20 * MINUTE
        assert answers(desk, visit(number)) == ["accepted"]
    assert one.stored() == [uid(n) for n in range(1, 7)]
    assert one.queries.profile(CUSTOMER).sessions == 1
    assert [type(event).topic for event in one.log.history(CUSTOMER)].count(SESSION_START) == 1


def test_a_process_that_wrote_for_one_customer_does_not_trust_what_it_knows_of_its_neighbour() -> None:
    one, other = two_desks()
    assert one.log.partition_of(uid(2)) == one.log.partition_of(uid(4))
    one.send(visit(1, uuid=str(uid(2))), visit(1, uuid=str(uid(4))))
    other.send(visit(2, uuid=str(uid(4))))
    one.send(visit(3, uuid=str(uid(2))))
    assert answers(one, visit(4, uuid=str(uid(4)))) == ["accepted"]
    assert one.stored(uid(4)) == [uid(1), uid(2), uid(4)]
    assert one.queries.profile(uid(4)).events == 3


def test_a_write_whose_answer_was_lost_is_not_made_again() -> None:
    desk = Desk()
    desk.log.broken_after_commit = [StoreUnavailable()]
    assert answers(desk, visit(1), visit(2, action="not.defined")) == ["accepted", "undefined_action"]
    assert desk.stored() == [uid(1)]
    assert len(desk.log.kept) == 1


def test_an_event_without_an_id_keeps_the_one_that_it_was_given_when_the_write_is_tried_again() -> None:
    desk = Desk(ids_from=70)
    desk.log.broken_after_commit = [StoreUnavailable()]
    assert desk.send(visit())[0].event_id == uid(70)
    assert desk.stored() == [uid(70)]


@pytest.mark.parametrize("failure", [AppendConflict, StoreUnavailable])
def test_a_write_that_did_not_happen_is_made_when_it_is_tried_again(failure: type[Exception]) -> None:
    desk = Desk()
    desk.log.broken_before_commit = [failure(), failure()]  # type: ignore[list-item]  # both are errors of ours
    assert answers(desk, visit(1)) == ["accepted"]
    assert desk.stored() == [uid(1)]


def test_a_write_that_never_succeeds_is_given_up_with_the_error() -> None:
    desk = Desk()
    desk.log.broken_before_commit = [StoreUnavailable() for _ in range(ATTEMPTS)]
    with pytest.raises(StoreUnavailable):
        desk.send(visit(1))
    assert desk.log.transactions == ATTEMPTS
    assert desk.log.history(CUSTOMER) == []
    assert answers(desk, visit(1)) == ["accepted"]


@pytest.mark.parametrize(("failure", "transactions"), [(AppendConflict, 2), (StoreUnavailable, 1)])
def test_who_has_waited_for_long_and_was_in_anothers_way_gets_its_turn(
    monkeypatch: pytest.MonkeyPatch, failure: type[Exception], transactions: int
) -> None:
    monkeypatch.setattr(retries, "SECONDS", 0.0)
    desk = Desk()
    desk.log.broken_before_commit = [failure()]  # type: ignore[list-item]  # both are errors of ours
    with nullcontext() if failure is AppendConflict else pytest.raises(StoreUnavailable):
        desk.send(visit(1))
    assert desk.log.transactions == transactions


def test_an_error_of_another_kind_is_not_tried_again_and_writes_nothing() -> None:
    desk = Desk()
    desk.log.broken_before_commit = [ZeroDivisionError()]  # type: ignore[list-item]  # any other error will do
    with pytest.raises(ZeroDivisionError):
        desk.send(visit(1))
    assert (desk.log.transactions, desk.log.streams) == (1, {})


def test_versions_of_a_stream_have_no_gaps_whoever_wrote_them() -> None:
    one, other = two_desks()
    for number in range(1, 9):
        (one if number % 3 else other).send(visit(number), visit(number, uuid=str(OTHER)))
    sizes = [len(one.log.history(customer)) for customer in (CUSTOMER, OTHER)]
    assert sizes == [one.queries.profile(customer).version for customer in (CUSTOMER, OTHER)]
    assert [later - earlier for earlier, later in pairwise(sizes)] == [0]


def test_an_event_may_have_the_id_of_an_announcement() -> None:
    desk = Desk()
    desk.send(visit(1))
    same_id = uuid5(CUSTOMER, f"session {uid(1)}")
    assert answers(desk, visit(event_id=str(same_id))) == ["accepted"]
    assert desk.stored() == [uid(1), same_id]


def test_an_event_cannot_keep_an_announcement_from_being_written() -> None:
    desk = Desk()
    squatter = visit(event_id=str(uuid5(CUSTOMER, f"session {uid(2)}")), action="entries.count")
    desk.define("entries.count")
    assert answers(desk, squatter) == ["accepted"]
    assert answers(desk, visit(2), visit(3, uuid=str(OTHER))) == ["accepted", "accepted"]
    assert desk.queries.profile(CUSTOMER).sessions == 1


@pytest.mark.parametrize("in_the_way", [AppendConflict, CatalogueChanged])
def test_within_a_hosts_transaction_it_is_tried_a_few_times_and_then_left_to_the_host(
    in_the_way: type[Exception],
) -> None:
    tried: list[int] = []

    def call(successes_after: int) -> str:
        tried.append(successes_after)
        if len(tried) <= successes_after:
            raise in_the_way("another one")
        return "done"

    assert retried_within(call, ATTEMPTS_WITHIN - 1) == "done"
    tried.clear()
    with pytest.raises(StoreBusy, match="do the whole transaction again"):
        retried_within(call, ATTEMPTS_WITHIN)
    assert len(tried) == ATTEMPTS_WITHIN


def test_within_a_hosts_transaction_a_connection_that_broke_is_not_tried_again() -> None:
    tried: list[None] = []

    def call() -> None:
        tried.append(None)
        raise StoreUnavailable("gone")

    with pytest.raises(StoreUnavailable):
        retried_within(call)
    assert len(tried) == 1
