"""What a host does with a refusal: ask the result, have it raise, or open the engine so that calls raise."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import footfall
import footfall.testing
from footfall.application.ingest.ingest import BATCH
from tests.contracts.support import ALICE, BOB, OpenEngine, named, statuses, visit

UNKNOWN = {"uuid": ALICE, "action": "basket.fill", "event_id": named("unknown")}
ITEMS = [{"sku": "mug"}]
Calls = dict[str, tuple[Callable[[footfall.Tracking], Any], str]]
REFUSED: Calls = {
    "track": (lambda engine: engine.track(ALICE, "page.visit"), "missing_parameter"),
    "update": (lambda engine: engine.update(ALICE, {"plan": float("nan")}), "invalid_params"),
    "charge": (lambda engine: engine.charge(ALICE, "", ITEMS), "invalid_params"),
    "track_many": (lambda engine: engine.track_many([UNKNOWN]), "undefined_action"),
    "update_many": (lambda engine: engine.update_many([{"uuid": ALICE, "attributes": 7}]), "invalid_event"),
    "charge_many": (
        lambda engine: engine.charge_many([{"uuid": ALICE, "order_id": "", "items": ITEMS}]),
        "invalid_params",
    ),
}


@pytest.fixture(params=["sqlite", "postgres", "memory"])
def strict(request: pytest.FixtureRequest, engine_at: OpenEngine) -> footfall.Engine:
    """An engine whose calls raise."""
    return engine_at(request.getfixturevalue(f"{request.param}_url"), on_rejection="raise")


def test_a_result_is_true_unless_it_was_rejected(engine: footfall.Engine) -> None:
    results = engine.track_many([visit(ALICE, 0), visit(ALICE, 0), UNKNOWN])
    assert statuses(results) == ["accepted", "duplicate", "rejected"]
    assert [bool(result) for result in results] == [True, True, False]


def test_a_result_raises_when_it_is_told_to(engine: footfall.Engine) -> None:
    accepted = engine.track_many([visit(ALICE, 0)])[0]
    assert accepted.raise_for_rejection() is accepted
    rejected = engine.track(ALICE, "page.visit", {"url": 7})
    with pytest.raises(footfall.Rejected, match=r"^wrong_type: parameter 'url'") as caught:
        rejected.raise_for_rejection()
    error = caught.value
    assert (error.reason, error.detail) == (footfall.Reason.WRONG_TYPE, rejected.detail)
    assert (error.event_id, error.results) == (rejected.event_id, (rejected,))


@pytest.mark.parametrize("call", REFUSED)
def test_every_call_raises_and_what_it_refused_is_kept(strict: footfall.Engine, call: str) -> None:
    act, reason = REFUSED[call]
    with pytest.raises(footfall.Rejected) as caught:
        act(strict)
    assert caught.value.reason == reason
    assert [result.reason for result in caught.value.results] == [reason]
    assert [one.reason for one in strict.rejected()] == [reason]


def test_what_is_taken_or_known_is_answered_as_ever(strict: footfall.Engine) -> None:
    assert statuses(strict.track_many([visit(ALICE, 0), visit(ALICE, 0)])) == ["accepted", "duplicate"]
    assert strict.track_many([]) == []
    assert strict.update(ALICE, {"plan": "gold"})
    assert strict.charge(ALICE, "order-1", ITEMS)
    assert strict.track(ALICE, "button.click").raise_for_rejection().status == "accepted"


def test_all_is_taken_before_many_raise_once_with_the_answers_to_all(strict: footfall.Engine) -> None:
    events: list[dict[str, Any]] = [visit(BOB, minute) for minute in range(2 * BATCH)]
    events[3], events[BATCH + 1], events[-1] = UNKNOWN, {"uuid": "nobody", "action": "page.visit"}, visit(BOB, 0)
    said = rf"^2 of {2 * BATCH} were rejected, the first for undefined_action: "
    with pytest.raises(footfall.Rejected, match=said) as caught:
        strict.track_many(iter(events))
    results = caught.value.results
    assert [at for at, result in enumerate(results) if not result] == [3, BATCH + 1]
    assert results[-1].status == "duplicate"
    assert caught.value.event_id == results[3].event_id
    assert strict.profile(BOB).events == 2 * BATCH - 3
    assert len(strict.rejected()) == 2


def test_what_was_refused_is_redriven_without_an_error(strict: footfall.Engine) -> None:
    with pytest.raises(footfall.Rejected):
        strict.track_many([UNKNOWN])
    assert statuses(strict.redrive()) == ["rejected"]
    strict.define("basket.fill")
    assert statuses(strict.redrive()) == ["accepted"]


def test_the_error_goes_to_another_process_whole(strict: footfall.Engine) -> None:
    with pytest.raises(footfall.Rejected) as caught:
        strict.track_many([visit(ALICE, 0), UNKNOWN])
    error = caught.value
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert (str(again), again.reason, again.detail) == (str(error), error.reason, error.detail)
    assert (again.event_id, again.results) == (error.event_id, error.results)


@pytest.mark.parametrize("wrong", ["raises", "", None, True, object()])
def test_anything_else_is_refused_before_a_store_is_touched(sqlite_url: str, wrong: Any) -> None:
    for open_engine in (partial(footfall.open, sqlite_url), footfall.testing.open):
        with pytest.raises(footfall.InvalidArgument, match="on_rejection is 'return' or 'raise', not"):
            open_engine(on_rejection=wrong)
    with pytest.raises(footfall.MigrationNeeded):
        footfall.open(sqlite_url, migrate=False)
