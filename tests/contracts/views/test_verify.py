"""Verify compares every view with a fold of the log, row by row."""

from __future__ import annotations

import pytest

import footfall
from tests.contracts.sharing.processes import Worker, together
from tests.contracts.support import ALICE, columns_of, crowd, execute, visit

pytestmark = pytest.mark.spoils

ONE_CUSTOMER = "uuid = (SELECT uuid FROM footfall.profiles ORDER BY uuid LIMIT 1)"
ONE_ROW = {"page_visits": f"{ONE_CUSTOMER} AND url = '/0'", "sessions": ONE_CUSTOMER, "profiles": ONE_CUSTOMER}
VIEWS = list(ONE_ROW)
CHECKPOINTS = "SELECT projection, partition, position FROM footfall.checkpoints ORDER BY projection, partition"


@pytest.fixture
def filled(engine: footfall.Engine) -> footfall.Engine:
    """An engine whose views hold twenty customers."""
    engine.track_many(crowd(20))
    engine.catch_up()
    return engine


def found_wrong(engine: footfall.Engine) -> dict[str, list[str]]:
    """On which side each view that differs has rows that the other has not."""
    verification = engine.verify()
    assert verification.ok is False
    assert all(one.differing == len(one.differences) for one in verification.views)
    return {one.view: [found.side for found in one.differences] for one in verification.views if one.differing}


def test_views_that_follow_the_log_are_right(filled: footfall.Engine) -> None:
    verification = filled.verify()
    assert verification.ok
    assert verification.parked == []
    assert [(one.view, one.rows, one.differing) for one in verification.views] == [
        ("page_visits", 60, 0),
        ("sessions", 20, 0),
        ("session_handles", 0, 0),
        ("profiles", 20, 0),
        ("attribute_values", 0, 0),
    ]


def test_an_empty_store_is_right(engine: footfall.Engine) -> None:
    assert engine.verify().ok


def test_what_the_views_have_not_seen_yet_is_no_difference(filled: footfall.Engine) -> None:
    filled.track_many([visit(ALICE, 0)])
    assert filled.verify().ok


@pytest.mark.parametrize(
    ("view", "change"),
    [
        ("page_visits", "time = time + 1"),
        ("page_visits", "title = ''"),
        ("sessions", "entry_url = NULL"),
        ("profiles", "events = events + 1"),
    ],
)
def test_a_row_that_was_altered_by_hand_is_found(
    filled: footfall.Engine, database_url: str, view: str, change: str
) -> None:
    execute(database_url, f"UPDATE footfall.{view} SET {change} WHERE {ONE_ROW[view]}")
    assert found_wrong(filled) == {view: ["unexpected", "missing"]}


@pytest.mark.parametrize("view", VIEWS)
def test_a_row_that_was_deleted_by_hand_is_found(filled: footfall.Engine, database_url: str, view: str) -> None:
    execute(database_url, f"DELETE FROM footfall.{view} WHERE {ONE_ROW[view]}")
    assert found_wrong(filled) == {view: ["missing"]}


@pytest.mark.parametrize("view", ["page_visits", "sessions"])
def test_a_row_that_was_added_by_hand_is_found(filled: footfall.Engine, database_url: str, view: str) -> None:
    key = {"page_visits": "event_id", "sessions": "session_id"}[view]
    columns = [column for column in columns_of(database_url)[view] if column != key]
    strange = "x'00112233445566778899aabbccddeeff'" if database_url.startswith("sqlite") else "gen_random_uuid()"
    names = ", ".join(columns)
    execute(
        database_url,
        f"INSERT INTO footfall.{view} ({key}, {names}) SELECT {strange}, {names} FROM footfall.{view} LIMIT 1",
    )
    assert found_wrong(filled) == {view: ["unexpected"]}


def test_a_rebuild_mends_what_was_altered(filled: footfall.Engine, database_url: str) -> None:
    for view in VIEWS:
        execute(database_url, f"DELETE FROM footfall.{view}")
    assert filled.rows("page_visits", fresh=True) == []
    assert set(filled.rebuild()).issuperset(VIEWS)
    assert filled.verify().ok
    assert filled.stats(fresh=False).page_visits == 60


def test_verify_leaves_no_table_behind(filled: footfall.Engine, database_url: str) -> None:
    before = columns_of(database_url), execute(database_url, CHECKPOINTS)
    filled.verify()
    assert (columns_of(database_url), execute(database_url, CHECKPOINTS)) == before


def test_several_processes_may_verify_at_the_same_time(filled: footfall.Engine, database_url: str) -> None:
    assert filled.verify().ok
    assert together(*(Worker("verify", database_url) for _ in range(3))) == [True] * 3
