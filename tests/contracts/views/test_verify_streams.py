"""Verify reads some streams at a time, and views that have no index by customer in one go: wherever that ends, and
whatever is planted where, it finds what differs and nothing else."""

from __future__ import annotations

from contextlib import closing
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.application.running.progress import silent
from footfall.infrastructure.log import scans
from footfall.infrastructure.views.dialects import sqlite, statements
from footfall.infrastructure.views.rebuilding import spool, stream_fold
from footfall.infrastructure.views.rebuilding.verify import Verify
from footfall.projections.page_visits import PageVisits
from tests.contracts.support import ALICE, BOB, OpenEngine, columns_of, crowd, execute, literal, named, parts_of, visit
from tests.contracts.views.clicks import Clicks

pytestmark = [pytest.mark.spoils, pytest.mark.databases]

STRANGER = named("stranger")


def click(customer: UUID, n: int) -> dict[str, Any]:
    """A click of a customer."""
    event_id = named(f"click {customer} {n}")
    return {"uuid": customer, "action": "button.click", "params": {"text": f"no. {n}"}, "event_id": event_id}


@pytest.fixture
def engine(engine_at: OpenEngine, database_url: str) -> footfall.Engine:
    """An engine with a host's model, customers of few events and one of many, late events among them."""
    engine = engine_at(database_url, read_models=[Clicks()])
    engine.track_many([*crowd(30), *(visit(ALICE, 40 * minute, f"/{minute}") for minute in range(60))])
    engine.track_many([*(visit(ALICE, 20 + 40 * minute) for minute in range(0, 60, 7)), *crowd(45, visits=2)])
    engine.track_many([click(named(f"customer {n % 30}"), n) for n in range(90)] + [click(ALICE, n) for n in range(30)])
    engine.update(BOB, {"tier": "gold"})
    engine.catch_up()
    return engine


@pytest.fixture(params=[(10_000, 10_000), (7, 3), (1, 1), (50, 10)])
def small_pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every piece that is read, folded or laid aside be of some size."""
    chunk, piece = request.param
    monkeypatch.setattr(scans, "CHUNK", chunk)
    monkeypatch.setattr(stream_fold, "MOST_AT_ONCE", piece)
    for module in (statements, sqlite):
        monkeypatch.setattr(module, "PIECE", piece)
    monkeypatch.setattr(spool, "IN_MEMORY", piece)


def differing(engine: footfall.Engine) -> dict[str, list[str]]:
    """On which side each view that differs has rows that the other has not; all of them are listed."""
    views = engine.verify().views
    assert all(one.differing == len(one.differences) for one in views)
    return {one.view: [found.side for found in one.differences] for one in views if one.differing}


@pytest.mark.usefixtures("small_pieces")
def test_what_is_right_is_right_wherever_pieces_end(engine: footfall.Engine) -> None:
    taken = list[int]()
    verification = engine.verify(taken.append)
    assert (verification.ok, [one for one in verification.views if one.differing]) == (True, [])
    rows = {one.view: one.rows for one in verification.views}
    assert rows.pop("attribute_values") == 1
    assert rows == {"page_visits": 189, "sessions": 127, "session_handles": 36, "profiles": 47, "clicks": 120}
    assert sum(taken) > 189 + 120


PLANTED = (
    "DELETE FROM footfall.page_visits WHERE url = '/17'",
    "UPDATE footfall.sessions SET uuid = {bob} WHERE session_id = {session}",
    'UPDATE footfall.profiles SET attributes = \'{{"tier": "gold"}}\' WHERE uuid = {bob}',
    "UPDATE footfall.clicks SET text = 'no' WHERE text = 'no. 88'",
    "DELETE FROM footfall.clicks WHERE text = 'no. 3'",
    "INSERT INTO footfall.clicks SELECT uuid, text FROM footfall.clicks WHERE text = 'no. 4'",
    "INSERT INTO footfall.clicks SELECT NULL, text FROM footfall.clicks WHERE text = 'no. 60'",
    "UPDATE footfall.clicks SET uuid = {stranger} WHERE text = 'no. 80'",
)


@pytest.mark.usefixtures("small_pieces")
def test_what_was_planted_is_found_wherever_pieces_end(engine: footfall.Engine, database_url: str) -> None:
    ((session,),) = execute(database_url, "SELECT session_id FROM footfall.sessions WHERE activities = 2 LIMIT 1")
    who = {"session": UUID(bytes=session) if isinstance(session, bytes) else session, "bob": BOB, "stranger": STRANGER}
    for statement in PLANTED:
        execute(database_url, statement.format(**{name: literal(one, database_url) for name, one in who.items()}))
    found = {view: "".join("+-"[one == "missing"] for one in sides) for view, sides in differing(engine).items()}
    assert found == {"page_visits": "-", "sessions": "+-", "profiles": "+-", "clicks": "+++++----"}


def test_a_row_of_a_customer_whom_the_log_does_not_know_is_shown(engine: footfall.Engine, database_url: str) -> None:
    for table in ("page_visits", "clicks"):
        names = ", ".join(name for name in columns_of(database_url)[table] if name != "uuid")
        stranger = literal(STRANGER, database_url)
        row = f"SELECT {stranger}, {names} FROM footfall.{table} WHERE uuid = {literal(ALICE, database_url)} LIMIT 1"
        execute(database_url, f"INSERT INTO footfall.{table} (uuid, {names}) {row}")
    shown = [one for view in engine.verify().views for one in view.differences]
    assert [(one.view, one.side, one.row["uuid"]) for one in shown] == [
        ("page_visits", "unexpected", str(STRANGER)),
        ("clicks", "unexpected", str(STRANGER)),
    ]


def test_a_row_under_the_name_of_the_catalogue_is_found(engine: footfall.Engine, database_url: str) -> None:
    engine.define("shop.seen")
    ((stream,),) = execute(database_url, "SELECT max(stream) FROM footfall.log WHERE partition = -1")
    execute(
        database_url,
        f"INSERT INTO footfall.clicks SELECT customer, 'planted' FROM footfall.streams WHERE stream = {stream}",
    )
    assert differing(engine) == {"clicks": ["unexpected"]}


def test_of_many_differences_all_are_counted_and_some_are_listed(engine: footfall.Engine, database_url: str) -> None:
    execute(database_url, "UPDATE footfall.page_visits SET title = 'x'")
    (found,) = (one for one in engine.verify().views if one.view == "page_visits")
    assert (found.rows, found.differing) == (189, 2 * 189)
    assert [one.side for one in found.differences] == ["unexpected"] * 20 + ["missing"] * 20


def test_views_are_compared_up_to_where_each_of_them_stands(engine: footfall.Engine) -> None:
    engine.track_many([visit(BOB, 1), visit(named("customer 3"), 99), visit(STRANGER, 1), click(ALICE, 99)])
    engine.rebuild("sessions")
    engine.track_many([visit(BOB, 500), click(BOB, 100)])
    engine.rebuild("clicks")
    parts = parts_of(engine)
    models = [parts.views.model(one.projection) for one in engine.status().projections]
    compared = Verify(parts.log.read_by(parts.views_database)).compare(models, silent)
    assert [one.view for one in compared if one.differing] == []
    assert {one.projection: one.lag for one in engine.status().projections}["page_visits"] > 0


def test_of_a_parked_customer_that_is_compared_which_came_before(
    engine: footfall.Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(PageVisits, "fold", lambda *_: 1 / 0)
        engine.track_many([visit(ALICE, 9_999), click(ALICE, 99)])
        engine.catch_up()
    verification = engine.verify()
    assert (verification.ok, [one.differing for one in verification.views]) == (False, [0] * 6)
    execute(
        database_url, f"DELETE FROM footfall.page_visits WHERE uuid = {literal(ALICE, database_url)} AND url = '/5'"
    )
    assert differing(engine) == {"page_visits": ["missing"]}


def test_where_a_fold_cannot_take_what_it_once_took_the_rows_are_unexpected(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = Clicks.fold

    def fold(self: Clicks, customer: UUID, rows: Any, events: Any) -> footfall.Change:
        return 1 / 0 if customer == ALICE else whole(self, customer, rows, events)  # type: ignore[return-value]

    monkeypatch.setattr(Clicks, "fold", fold)
    assert [one.differing for one in engine.verify().views if one.view == "clicks"] == [30]
    assert f"clicks cannot take events of customer {ALICE}" in caplog.text
    assert engine.status().parked == []


@pytest.mark.parametrize("kept", [1, 1 << 20])
def test_a_range_of_rows_laid_aside_may_be_asked_for_again(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", kept)
    with closing(spool.Spool([[(1, "a"), (1, "b"), (3, "c")], [(3, "d"), (5, None)], [(9, "f")]])) as aside:

        def letters(after: int, upto: int) -> list[Any]:
            return [row[0] for rows in aside.of_streams(after, upto) for row in rows]

        assert letters(0, 4) == letters(0, 4) == ["a", "b", "c", "d"]
        assert letters(0, 2) == ["a", "b"]
        assert letters(2, 3) == letters(2, 3) == ["c", "d"]
        assert letters(3, 9) == [None, "f"]
        assert letters(9, 20) == []
