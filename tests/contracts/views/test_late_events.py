"""Late events load of a view's rows what they touch, and nothing of what lies between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.domain.events import CustomerEvent
from footfall.infrastructure.views.dialects.postgres import PostgresViews
from footfall.infrastructure.views.dialects.sqlite import SqliteViews
from footfall.infrastructure.views.rebuilding import stream_fold
from footfall.projections.kept_rows import KeptRows
from footfall.projections.read_model import Row
from footfall.projections.sessions import Sessions
from tests.contracts.support import ALICE, BOB, OpenEngine, visit

SESSIONS = 400


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were given to each fold of sessions."""
    given: list[int] = []
    fold = Sessions.fold

    def noted(self: Sessions, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Any:
        given.append(len(rows))
        return fold(self, customer, rows, events)

    monkeypatch.setattr(Sessions, "fold", noted)
    return given


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each look at a view gave."""
    counts: list[int] = []

    def counted(kind: type[Any], name: str) -> None:
        method = getattr(kind, name)

        def noted(*arguments: Any) -> Any:
            found = method(*arguments)
            counts.append(len(found))
            return found

        monkeypatch.setattr(kind, name, noted)

    for kind, name in ((PostgresViews, "load"), (SqliteViews, "load"), (KeptRows, "within")):
        counted(kind, name)
    return counts


@pytest.fixture
def engine(engine: footfall.Engine) -> footfall.Engine:
    """An engine whose views show a session an hour."""
    engine.track_many([visit(ALICE, 60 * hour) for hour in range(SESSIONS)])
    engine.catch_up()
    return engine


def activities(engine: footfall.Engine) -> list[int]:
    return [row.activities for row in engine.sessions(ALICE, limit=None, fresh=True)[::-1]]


@pytest.mark.parametrize("hour", [0, SESSIONS // 2, SESSIONS - 2])
def test_a_late_event_loads_the_sessions_that_it_touches_wherever_it_falls(
    engine: footfall.Engine, loaded: list[int], hour: int
) -> None:
    engine.track_many([visit(ALICE, 60 * hour + 25)])
    engine.catch_up()
    assert loaded == [2]
    assert activities(engine)[hour : hour + 2] == [2, 1]


def test_a_late_event_and_one_of_now_load_nothing_between_them(engine: footfall.Engine, read: list[int]) -> None:
    engine.track_many([visit(ALICE, 60 * 7 + 25), visit(ALICE, 60 * SESSIONS - 55), visit(BOB, 0)])
    engine.catch_up()
    # Sessions: what the first one prolongs with the next after it, and the last one; profiles: of one who has a row.
    assert sorted(read)[-2:] == [1, 3]
    assert activities(engine)[6:9] == [1, 2, 1]
    assert engine.verify().ok


def test_late_events_that_reach_the_same_sessions_load_them_once(engine: footfall.Engine, loaded: list[int]) -> None:
    engine.track_many([visit(ALICE, minute) for minute in (130, 200, 131, 70, 90, 160, 215)])
    engine.catch_up()
    assert loaded == [4]
    assert activities(engine)[:3] == [1, 11, 1]
    assert engine.verify().ok


def test_a_rebuild_gives_each_fold_what_its_events_touch(
    engine_at: OpenEngine, database_url: str, loaded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_at(database_url)
    hours = [(hour * 7) % SESSIONS for hour in range(SESSIONS)]
    engine.track_many([visit(ALICE, 60 * hour + 25 * turn) for turn in (0, 1) for hour in hours])
    monkeypatch.setattr(stream_fold, "MOST_AT_ONCE", 10)
    engine.rebuild("sessions")
    assert sum(loaded) < 6 * SESSIONS
    assert len(loaded) > SESSIONS // 10
    assert activities(engine) == [2] * SESSIONS
    assert engine.verify().ok


class Heard(footfall.ReadModel):
    """What was heard last of each customer: a row that is replaced by key, and need not be looked at for it."""

    name = "heard"
    key = "uuid"
    columns = (
        footfall.Column("uuid", footfall.ColumnType.UUID, required=True),
        footfall.Column("time", footfall.ColumnType.INTEGER, required=True),
    )

    def fold(self, customer: UUID, _rows: object, events: Sequence[CustomerEvent]) -> footfall.Change:
        return footfall.Change([customer], [(customer, events[-1].time)])


def test_a_rebuild_replaces_rows_that_no_fold_looks_at(
    engine_at: OpenEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_fold, "MOST_AT_ONCE", 10)
    engine = engine_at(database_url, read_models=[Heard()])
    engine.track_many([visit(who, minute) for minute in range(25) for who in (ALICE, BOB)])
    before = engine.rows("heard", fresh=True)
    engine.rebuild("heard")
    assert sorted(map(str, engine.rows("heard"))) == sorted(map(str, before))
    assert len(before) == 2
