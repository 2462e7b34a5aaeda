"""Rejections: kept whole and once, released when they are taken in."""

from __future__ import annotations

import json

import pytest

import footfall
from footfall import Integer, Reason, Sender
from footfall.domain.moments import iso
from footfall.engine.answers import RejectionStatus
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, BOB, ManualClock, OpenEngine, named, statuses, visit

UNKNOWN = {"uuid": ALICE, "action": "basket.fill", "params": {"n": 1}, "event_id": named("unknown")}


def test_a_rejection_is_kept_as_it_was_sent(engine: footfall.Engine) -> None:
    result = engine.track_many([UNKNOWN])[0]
    assert (result.status, result.reason) == ("rejected", "undefined_action")
    (kept,) = engine.rejected()
    sent = {name: value if isinstance(value, dict) else str(value) for name, value in UNKNOWN.items()}
    assert json.loads(kept.content) == sent
    assert (kept.reason, kept.uuid, kept.kind) == ("undefined_action", str(ALICE), "event")
    assert engine.stats(fresh=True).rejected == engine.status().rejected == 1


def test_the_same_rejection_is_kept_once(engine: footfall.Engine) -> None:
    assert statuses(engine.track_many([UNKNOWN, UNKNOWN])) == ["rejected", "rejected"]
    engine.track_many([UNKNOWN])
    assert len(engine.rejected()) == 1


def test_rejections_are_listed_by_reason_in_their_order(engine: footfall.Engine) -> None:
    engine.track_many([UNKNOWN, visit(ALICE, 0) | {"params": {}}, UNKNOWN | {"event_id": named("other")}])
    assert [one.reason for one in engine.rejected()] == ["undefined_action", "missing_parameter", "undefined_action"]
    assert len(engine.rejected("undefined_action")) == 2
    assert len(engine.rejected(Reason.MISSING_PARAMETER)) == 1
    assert len(engine.rejected(limit=2)) == 2


def test_a_rejection_is_released_when_its_cause_is_mended(engine: footfall.Engine) -> None:
    engine.track_many([UNKNOWN, visit(BOB, 0) | {"params": {}}])
    engine.define("basket.fill", parameters={"n": Integer(required=True)})
    assert statuses(engine.redrive("undefined_action")) == ["accepted"]
    assert [one.reason for one in engine.rejected()] == ["missing_parameter"]
    assert engine.profile(ALICE).counts == {"basket.fill": 1}
    assert engine.track_many([UNKNOWN])[0].status == "duplicate"


def test_a_rejection_that_is_refused_again_stays_as_it_is(engine: footfall.Engine) -> None:
    engine.track_many([UNKNOWN])
    before = engine.rejected()
    assert statuses(engine.redrive()) == ["rejected"]
    assert engine.rejected() == before


def test_a_rejection_that_is_refused_for_another_reason_is_answered_and_kept_once(engine: footfall.Engine) -> None:
    engine.track_many([UNKNOWN])
    engine.define("basket.fill", parameters={"n": footfall.String()})
    assert statuses(engine.redrive()) == ["rejected"]
    assert [one.reason for one in engine.rejected()] == ["wrong_type"]


def test_a_redriven_event_keeps_its_sender_and_the_time_it_came(engine: footfall.Engine) -> None:
    engine.track_many(
        [{key: value for key, value in UNKNOWN.items() if key != "event_id"}], sender=Sender.anonymous(ALICE)
    )
    received = engine.rejected()[0].received_at
    engine.define("basket.fill")
    assert {result.reason for result in engine.redrive()} == {"access_denied"}
    engine.define("basket.fill", access=footfall.Access.ANONYMOUS)
    assert statuses(engine.redrive()) == ["accepted"]
    (entry,) = (entry for entry in engine.timeline(ALICE) if entry.action == "basket.fill")
    assert entry.time == entry.received_at == received


@pytest.mark.parametrize(
    "sent",
    [
        {"uuid": ALICE, "action": "page.visit", "params": {"url": "/"}, "a\x00b": 1},
        {"uuid": ALICE, "action": "page.visit", "params": {"url": "/"}, "a\ud800b": 1},
        {"uuid": ALICE, "action": "page.visit", "params": {"url": "/", "x": "\x00"}},
        {"uuid": ALICE, "action": "page.visit", "params": {"\ud800": 1, "url": "/"}},
        {"uuid": ALICE, "action": "\x00.\ud800", "params": {}},
        {"uuid": "\x00\ud800", "action": "page.visit"},
        {"uuid": ALICE, "action": "page.visit", "time": "\x00\ud800"},
        {1: 2, "uuid": ALICE},
        "no mapping\x00",
        None,
    ],
)
def test_whatever_is_sent_is_answered_and_kept(engine: footfall.Engine, sent: object) -> None:
    results = engine.track_many([visit(BOB, 0), sent])  # type: ignore[list-item]
    assert statuses(results) == ["accepted", "rejected"]
    assert len(engine.rejected()) == 1
    assert statuses(engine.redrive()) == ["rejected"]


@pytest.mark.parametrize("order_id", ["\x00", "\ud800", ""])
def test_an_order_id_that_no_database_can_keep_is_refused(engine: footfall.Engine, order_id: str) -> None:
    assert engine.charge(ALICE, order_id, [{"sku": "mug"}]).reason == "invalid_params"
    assert len(engine.rejected()) == 1


LARGE = {**UNKNOWN, "params": {"text": "x" * 300_000}}


def test_a_large_rejection_is_listed_cut_with_its_size_and_left_by_a_redrive(engine: footfall.Engine) -> None:
    engine.track_many([LARGE, UNKNOWN | {"event_id": named("other")}])
    large, small = engine.rejected()
    assert (large.cut, len(large.content), small.cut, small.size) == (True, 65_536, False, len(small.content))
    assert large.size > 300_000
    engine.define("basket.fill")
    assert statuses(engine.redrive()) == ["rejected", "accepted"]
    assert engine.rejected() == [large]


def test_rejections_are_forgotten_by_reason_and_by_moment(engine: footfall.Engine, clock: ManualClock) -> None:
    engine.track_many([UNKNOWN, visit(ALICE, 0) | {"params": {}}])
    clock.advance(days=1)
    moment = iso(clock.now)
    engine.track_many([UNKNOWN | {"event_id": named("other")}])
    assert engine.forget_rejections("missing_parameter") == 1
    assert engine.forget_rejections(before=moment) == 1
    assert [one.reason for one in engine.rejected()] == ["undefined_action"]
    assert (engine.forget_rejections(), engine.forget_rejections(), engine.rejected()) == (1, 0, [])
    assert engine.status().rejections.let_go == 0


def test_status_tells_how_many_are_kept_and_how_many_had_to_go(
    engine_at: OpenEngine, database_url: str, clock: ManualClock
) -> None:
    engine = engine_at(database_url, rejections_kept=2, rejections_age="1d")
    assert engine.status().rejections == RejectionStatus(0, 0, None)
    for number in range(5):
        engine.track_many([UNKNOWN | {"event_id": named(f"{number}")}])
    found = engine.status().rejections
    assert (found.kept, found.let_go, found.oldest) == (2, 3, engine.rejected()[0].received_at)
    clock.advance(days=2)
    engine.start()
    assert eventually(lambda: engine.status().rejections.kept == 0)
    assert engine.status().rejections == RejectionStatus(0, 5, None)


def test_the_environment_bounds_rejections(
    engine_at: OpenEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_REJECTIONS_KEPT", "1")
    engine = engine_at(database_url)
    engine.track_many([UNKNOWN, UNKNOWN | {"event_id": named("other")}])
    assert len(engine.rejected()) == 1
