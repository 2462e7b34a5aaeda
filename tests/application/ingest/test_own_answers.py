"""An answer is about the call that it answers: what an earlier attempt of the same call has stored is `accepted`. The
clock of these tests stands still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from footfall.application.ports.errors import StoreUnavailable
from footfall.domain.results import Result
from tests.application.desk import Desk, order, update, visit
from tests.builders import uid


def told(results: list[Result]) -> list[str]:
    return [result.reason or result.status for result in results]


KINDS: dict[str, Callable[[Desk], list[Result]]] = {
    "an event": lambda desk: desk.send(visit(1)),
    "an event without an id": lambda desk: desk.send(visit()),
    "attributes": lambda desk: desk.update(update(1)),
    "an order": lambda desk: desk.charge(order()),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("losses", [1, 3])
def test_what_a_call_has_stored_is_accepted_though_the_answer_was_lost(kind: str, losses: int) -> None:
    desk = Desk()
    desk.log.broken_after_commit = [StoreUnavailable() for _ in range(losses)]
    assert told(KINDS[kind](desk)) == ["accepted"]
    assert desk.log.broken_after_commit == []
    if kind != "an event without an id":
        assert told(KINDS[kind](desk)) == ["duplicate"]


def test_a_rejection_that_was_handed_in_again_is_accepted_though_the_answer_was_lost() -> None:
    desk = Desk()
    desk.send(visit(1, action="shop.seen"))
    desk.define("shop.seen")
    desk.log.broken_after_commit = [StoreUnavailable()]
    assert told(desk.ingest.redrive()) == ["accepted"]
    assert desk.log.kept == []


def test_what_another_call_has_stored_is_a_duplicate_though_an_answer_was_lost() -> None:
    desk = Desk()
    desk.send(visit(1))
    desk.log.broken_after_commit = [StoreUnavailable()]
    assert told(desk.send(visit(1), visit(2), visit(1))) == ["duplicate", "accepted", "duplicate"]
    assert desk.stored() == [uid(1), uid(2)]


def test_an_id_that_comes_twice_in_a_call_is_accepted_once_though_the_answer_was_lost() -> None:
    desk = Desk()
    desk.log.broken_after_commit = [StoreUnavailable()]
    assert told(desk.send(visit(1), visit(2), visit(1))) == ["accepted", "accepted", "duplicate"]


def test_the_same_event_is_a_duplicate_in_the_call_after_one_that_gave_up() -> None:
    desk = Desk()
    desk.log.broken_after_commit = [StoreUnavailable() for _ in range(12)]
    with pytest.raises(StoreUnavailable):
        desk.send(visit(1))
    assert told(desk.send(visit(1))) == ["duplicate"]


def test_what_was_not_stored_is_what_the_next_attempt_finds() -> None:
    desk = Desk()
    desk.log.broken_before_commit = [StoreUnavailable()]
    assert told(desk.send(visit(1), visit(1))) == ["accepted", "duplicate"]
    assert desk.stored() == [uid(1)]


def test_what_is_stored_is_accepted_though_its_action_went_before_the_next_attempt() -> None:
    desk = Desk()
    desk.define("shop.seen")
    other = Desk(desk.log)

    class GoneMeanwhile(StoreUnavailable):
        def __init__(self) -> None:
            super().__init__("the answer is lost")

    lost = desk.log.broken_after_commit = LostThen(GoneMeanwhile(), lambda: other.definitions.remove("shop.seen"))
    assert told(desk.send(visit(1, action="shop.seen"), visit(2))) == ["accepted", "accepted"]
    assert lost == []
    assert desk.log.kept == []


class LostThen(list[Any]):
    """An error, and what happens just before it is raised."""

    def __init__(self, error: Exception, happens: Callable[[], None]) -> None:
        super().__init__([error])
        self._happens = happens

    def pop(self, *_: Any) -> Any:
        error = super().pop()
        self._happens()
        return error


def test_a_definition_that_is_taken_out_is_gone_though_the_answer_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, define = Desk(), Desk.define
    define(desk, "shop.seen")
    lose_next_definition(desk, monkeypatch)
    desk.definitions.remove("shop.seen")
    assert "shop.seen" not in desk.definitions.newest()


def test_a_definition_that_is_changed_is_returned_though_the_answer_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    lose_next_definition(desk, monkeypatch)
    desk.define("shop.seen", label="Seen")
    assert desk.definitions.newest()["shop.seen"].label == "Seen"
    assert len([one for one in desk.log.definitions if one.event.topic == "definition"]) <= 1


def lose_next_definition(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    define = desk.log.define

    def lost(events: Any) -> None:
        define(events)
        monkeypatch.undo()
        raise StoreUnavailable

    monkeypatch.setattr(desk.log, "define", lost)
