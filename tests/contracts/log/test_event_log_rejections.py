"""The contract of the event log's port, for every log: what is kept of refused events."""

from __future__ import annotations

from collections.abc import Collection

from footfall.application.ports.log import Log
from footfall.application.ports.vocabulary import Rejection, SubmissionKind
from footfall.domain.errors import Reason
from footfall.domain.sender import SERVER, Sender
from tests.contracts.support import ALICE, NOON, named


def refused(name: str, reason: Reason = Reason.CONFLICT, detail: str = "") -> Rejection:
    content = f'{{"name": "{name}"}}'
    return Rejection(named(name), SubmissionKind.EVENT, ALICE, content, SERVER, NOON, reason, detail)


def keep(log: Log, *rejections: Rejection, released: Collection[str] = ()) -> None:
    with log.transaction([]) as transaction:
        transaction.keep(rejections, {named(name) for name in released})


def kept(log: Log, reason: Reason | None = None, after: int = 0, limit: int | None = None) -> list[str]:
    """The names of what is kept."""
    names = {named(name): name for name in "abcde"}
    return [names[one.rejection_id] for one in log.rejections(reason, after, limit)]


def test_a_rejection_is_kept_whole(any_log: Log) -> None:
    sent = Rejection(
        named("a"), SubmissionKind.ORDER, None, '"\\u0000"', Sender.anonymous(ALICE), NOON, Reason.TOO_LARGE, "žluť"
    )
    keep(any_log, sent)
    (found,) = any_log.rejections(None, 0, None)
    assert found == sent._replace(number=found.number)
    assert found.number > 0


def test_rejections_are_listed_by_reason_from_a_number_on_up_to_a_limit(any_log: Log) -> None:
    keep(any_log, refused("a"), refused("b", Reason.TOO_LARGE))
    keep(any_log, refused("c"), refused("d"))
    numbers = [one.number for one in any_log.rejections(None, 0, None)]
    assert numbers == sorted(set(numbers))
    assert kept(any_log) == ["a", "b", "c", "d"]
    assert kept(any_log, Reason.CONFLICT) == ["a", "c", "d"]
    assert kept(any_log, Reason.CONFLICT, after=numbers[0], limit=1) == ["c"]
    assert kept(any_log, after=numbers[1]) == ["c", "d"]
    assert kept(any_log, limit=0) == kept(any_log, after=numbers[-1]) == kept(any_log, Reason.INVALID_TIME) == []


def test_a_rejection_is_kept_once_in_its_place_with_its_newest_reason(any_log: Log) -> None:
    keep(any_log, refused("a", detail="first"), refused("b"), refused("a", Reason.TOO_LARGE, "second"))
    (number, *_) = (one.number for one in any_log.rejections(None, 0, None))
    keep(any_log, refused("a", Reason.WRONG_TYPE, "third"))
    assert kept(any_log) == ["a", "b"]
    assert any_log.rejections(None, 0, 1) == [refused("a", Reason.WRONG_TYPE, "third")._replace(number=number)]


def test_what_was_taken_in_is_forgotten_and_comes_last_when_it_is_refused_again(any_log: Log) -> None:
    keep(any_log, refused("a"), refused("b"), refused("c"))
    last = any_log.rejections(None, 0, None)[-1].number
    keep(any_log, refused("d"), released=["a", "c", "e"])
    assert kept(any_log) == ["b", "d"]
    keep(any_log, refused("a"))
    assert kept(any_log) == ["b", "d", "a"]
    assert kept(any_log, after=last) == ["d", "a"]


def test_a_number_is_never_given_again(any_log: Log) -> None:
    keep(any_log, refused("a"))
    (first,) = any_log.rejections(None, 0, None)
    keep(any_log, released=["a"])
    keep(any_log, refused("b"))
    assert kept(any_log, after=first.number) == ["b"]


def test_a_transaction_may_keep_several_times(any_log: Log) -> None:
    with any_log.transaction([]) as transaction:
        transaction.keep([refused("a"), refused("b")], [])
        transaction.keep([refused("c")], [named("a")])
    assert kept(any_log) == ["b", "c"]
