"""The contract of the event log's port, for every log: rejections are bounded, and the oldest go first."""

from __future__ import annotations

import pytest

from footfall.application.ports.log import Log
from footfall.application.ports.vocabulary import CutContent, Rejection, RejectionBounds, SubmissionKind
from footfall.domain.errors import Reason
from footfall.domain.moments import DAY
from footfall.domain.sender import SERVER
from footfall.infrastructure.log import rejection_bounds
from footfall.infrastructure.log.event_log import EventLog
from footfall.testing import InMemoryLog
from tests.contracts.support import ALICE, NOON, named


def bounded(log: Log, number: int, age: int = 30 * DAY) -> Log:
    """The same log with other bounds."""
    bounds = RejectionBounds(number, age)
    if isinstance(log, InMemoryLog):
        log.rejection_bounds = bounds
        return log
    assert isinstance(log, EventLog)
    return EventLog(log.database, log.partitions, bounds)


def refused(name: object, received_at: int = NOON, reason: Reason = Reason.CONFLICT) -> Rejection:
    return Rejection(named(f"{name}"), SubmissionKind.EVENT, ALICE, f'"{name}"', SERVER, received_at, reason, "")


def keep(log: Log, *rejections: Rejection) -> None:
    with log.transaction([]) as transaction:
        transaction.keep(rejections, [])


def kept(log: Log) -> list[str]:
    return [one.content.strip('"') for one in log.rejections(None, 0, None)]


def test_the_oldest_go_first_where_there_are_too_many(any_log: Log) -> None:
    log = bounded(any_log, 3)
    for name in "abcd":
        keep(log, refused(name))
    assert kept(log) == ["b", "c", "d"]
    keep(log, refused("b"), refused("e"), refused("f"))
    assert kept(log) == ["d", "e", "f"]
    keep(log, *map(refused, "uvwxyz"))
    assert kept(log) == ["x", "y", "z"]


def test_there_are_never_more_than_the_bound_and_hardly_fewer(any_log: Log) -> None:
    log = bounded(any_log, 500)
    last = 0
    for batch in range(120):
        keep(log, *map(refused, range(last, last + batch % 13)))
        last += batch % 13
        found = kept(log)
        assert min(last, 495) < len(found) + 1 <= 501
        assert found == [f"{number}" for number in range(last - len(found), last)]
    assert last > 600


def test_what_was_received_too_long_ago_goes_when_something_is_kept(any_log: Log) -> None:
    log = bounded(any_log, 1_000, age=DAY)
    keep(log, refused("a"), refused("b", NOON + 1))
    keep(log, refused("c", NOON + DAY))
    assert kept(log) == ["a", "b", "c"]
    keep(log, refused("d", NOON + DAY + 1))
    assert kept(log) == ["b", "c", "d"]


def test_what_is_too_old_goes_when_it_is_looked_for(any_log: Log) -> None:
    log = bounded(any_log, 1_000, age=DAY)
    keep(log, refused("a"), refused("b", NOON + 1))
    assert [log.let_rejections_go(NOON + DAY + 1) for _ in range(2)] == [1, 0]
    assert kept(log) == ["b"]


def test_what_is_beyond_a_bound_that_was_made_smaller_goes_a_slice_at_a_time(
    any_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejection_bounds, "SLICE", 2)
    keep(any_log, *map(refused, "abcdefg"))
    log = bounded(any_log, 2)
    gone = [log.let_rejections_go(NOON) for _ in range(4)]
    assert gone == ([5, 0, 0, 0] if isinstance(log, InMemoryLog) else [2, 2, 1, 0])
    assert kept(log) == ["f", "g"]


def test_what_is_forgotten_is_chosen_by_reason_and_moment_and_goes_a_slice_at_a_time(
    any_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejection_bounds, "SLICE", 2)
    names = "abcdefg"
    keep(any_log, *(refused(name, NOON + at, list(Reason)[at % 2]) for at, name in enumerate(names)))
    assert any_log.forget_rejections(list(Reason)[1], NOON + 3) == 1
    assert kept(any_log) == ["a", "c", "d", "e", "f", "g"]
    assert any_log.forget_rejections(None, NOON + 3) == 2
    assert kept(any_log) == ["d", "e", "f", "g"]
    in_memory = isinstance(any_log, InMemoryLog)
    assert [any_log.forget_rejections(None, None) for _ in range(3)] == ([4, 0, 0] if in_memory else [2, 2, 0])
    assert kept(any_log) == []


def test_a_content_that_was_cut_says_so(any_log: Log) -> None:
    sent = refused("a")._replace(cut=CutContent(20_000_000, "0f" * 32))
    keep(any_log, sent)
    (found,) = any_log.rejections(None, 0, None)
    assert found.cut == sent.cut


def test_who_holds_the_bounds_keeps_nobody_waiting(postgres_url: str, event_log_at: object) -> None:
    log = bounded(event_log_at(postgres_url), 3)  # type: ignore[operator]
    keep(log, *map(refused, "abc"))
    with log.transaction([]) as one:
        one.keep([refused("d"), refused("e")], [])
        keep(log, refused("f"), refused("g"))
    keep(log, refused("h"))
    assert kept(log) == ["f", "g", "h"] or len(kept(log)) == 3
