"""A customer whose events a view cannot take is parked: the others go on, everybody is told, redrive heals."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

import pytest

import footfall
from footfall.domain.events import CustomerEvent
from footfall.projections import READ_MODELS
from footfall.projections.page_visits import PageVisits
from footfall.projections.read_model import Change, Row
from footfall.projections.sessions import Sessions
from tests.contracts.support import ALICE, BOB, OpenEngine, execute, literal, visit

pytestmark = pytest.mark.spoils

Fold = type[PageVisits] | type[Sessions]


def break_fold(monkeypatch: pytest.MonkeyPatch, model: Fold, broken: UUID = ALICE) -> None:
    """Let a read model raise for one customer."""
    whole = model.fold

    def fold(self: object, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        if customer == broken:
            raise ValueError("this fold is broken")
        return whole(self, customer, rows, events)  # type: ignore[arg-type]

    monkeypatch.setattr(model, "fold", fold)


@pytest.fixture
def parked(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> footfall.Engine:
    """An engine whose sessions view met Alice's second visit with a broken fold."""
    engine.track_many([visit(ALICE, 0, "/a"), visit(BOB, 0, "/x")])
    engine.catch_up()
    break_fold(monkeypatch, Sessions)
    engine.track_many([visit(ALICE, 10, "/b"), visit(BOB, 10, "/y")])
    engine.catch_up()
    return engine


def activities(engine: footfall.Engine, customer: UUID) -> list[int]:
    return [row.activities for row in engine.sessions(customer, fresh=True)]


def test_the_other_customers_and_the_other_views_go_on(parked: footfall.Engine) -> None:
    assert activities(parked, BOB) == [2]
    assert activities(parked, ALICE) == [1]
    assert [row.url for row in parked.page_visits(ALICE, fresh=True)] == ["/b", "/a"]
    parked.track_many([visit(ALICE, 20, "/c"), visit(BOB, 20, "/z")])
    assert activities(parked, BOB) == [3]
    assert activities(parked, ALICE) == [1]
    assert {one.lag for one in parked.status().projections} == {0}


def test_status_shows_who_is_parked_where_and_why(parked: footfall.Engine, database_url: str) -> None:
    (row,) = parked.status().parked
    positions = [
        position for (position,) in execute(database_url, "SELECT position FROM footfall.log ORDER BY position")
    ]
    assert (row.projection, row.uuid, row.error) == ("sessions", str(ALICE), "ValueError: this fold is broken")
    # The log begins with the session timeout; each of the first two visits is preceded by its session's announcement.
    assert row.position == positions[5]


def test_the_program_log_tells_of_it(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_fold(monkeypatch, PageVisits)
    engine.track_many([visit(ALICE, 0)])
    with caplog.at_level(logging.ERROR, logger="footfall"):
        engine.catch_up()
    (record,) = caplog.records
    assert "page_visits" in record.getMessage()
    assert str(ALICE) in record.getMessage()
    assert record.exc_info is not None


def test_verify_is_not_content_while_somebody_is_parked(parked: footfall.Engine) -> None:
    verification = parked.verify()
    assert not verification.ok
    assert [row.uuid for row in verification.parked] == [str(ALICE)]
    assert [one.view for one in verification.views if one.differing] in ([], ["sessions"])


def test_a_redrive_while_the_fold_is_broken_changes_nothing(parked: footfall.Engine) -> None:
    before = parked.status().parked
    ((row, healed),) = parked.redrive_parked()
    assert (row.uuid, healed) == (str(ALICE), False)
    after = parked.status().parked
    assert [(one.uuid, one.position) for one in after] == [(one.uuid, one.position) for one in before]
    assert activities(parked, BOB) == [2]


def test_a_redrive_heals_once_the_fold_is_mended(parked: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    parked.track_many([visit(ALICE, 20, "/c"), visit(BOB, 20, "/z")])
    parked.catch_up()
    monkeypatch.undo()
    assert [healed for _, healed in parked.redrive_parked()] == [True]
    assert parked.status().parked == []
    assert activities(parked, ALICE) == activities(parked, BOB) == [3]
    assert parked.verify().ok
    parked.track_many([visit(ALICE, 30, "/d")])
    assert activities(parked, ALICE) == [4]
    assert parked.redrive_parked() == []


def test_a_rebuild_heals_as_well(parked: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    parked.rebuild("sessions")
    assert parked.status().parked == []
    assert activities(parked, ALICE) == [2]
    assert parked.verify().ok


def test_a_rebuild_with_a_broken_fold_parks_and_says_so(parked: footfall.Engine) -> None:
    parked.rebuild()
    (row,) = parked.status().parked
    assert (row.projection, row.uuid) == ("sessions", str(ALICE))
    assert activities(parked, ALICE) == []
    assert activities(parked, BOB) == [2]


def test_several_views_may_park_the_same_customer(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    break_fold(monkeypatch, Sessions)
    break_fold(monkeypatch, PageVisits)
    engine.track_many([visit(ALICE, 0), visit(BOB, 0)])
    assert engine.stats(fresh=True).customers == 2
    assert sorted(row.projection for row in engine.status().parked) == ["page_visits", "sessions"]
    monkeypatch.undo()
    assert [healed for _, healed in engine.redrive_parked()] == [True, True]
    assert engine.verify().ok


def test_an_event_that_cannot_be_read_parks_its_customer(
    engine: footfall.Engine, engine_at: OpenEngine, database_url: str
) -> None:
    engine.track_many([visit(ALICE, 0), visit(BOB, 0)])
    event_id = literal(visit(ALICE, 0)["event_id"], database_url)
    execute(database_url, f"UPDATE footfall.log SET topic = 'no.such.topic' WHERE event_id = {event_id}")
    fresh = engine_at(database_url)
    assert fresh.stats(fresh=True).page_visits == 1
    assert {(row.projection, row.uuid) for row in fresh.status().parked} == {
        (model.name, str(ALICE)) for model in READ_MODELS
    }
    assert activities(fresh, BOB) == [1]
