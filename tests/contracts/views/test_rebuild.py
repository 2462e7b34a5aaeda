"""A rebuild fills a view beside the one that is read: readers see all rows, a kill does no harm."""

from __future__ import annotations

import pytest

import footfall
from footfall.projections.read_model import UnknownView
from tests.contracts.support import ALICE, OpenEngine, columns_of, shown_by, visit
from tests.contracts.views.before_rebuild import EVENTS, VIEWS


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_that_is_rebuilt_has_the_same_rows(filled: footfall.Engine, view: str) -> None:
    before = shown_by(filled)
    assert filled.rebuild(view) == [view]
    assert shown_by(filled) == before
    assert filled.verify().ok


def test_all_views_are_rebuilt_and_go_on_following(filled: footfall.Engine) -> None:
    taken: list[int] = []
    sessions = filled.stats(fresh=True).sessions
    assert filled.sweep() == sessions
    assert filled.rebuild(progress=taken.append) == VIEWS
    assert sum(taken) == len(EVENTS) + sessions  # ends of sessions, which no view folds, are passed over
    filled.track_many([visit(ALICE, 0)])
    assert filled.stats(fresh=True).page_visits == len(EVENTS) + 1
    assert filled.verify().ok


def test_a_rebuild_takes_in_what_a_view_had_not_seen(filled: footfall.Engine) -> None:
    filled.track_many([visit(ALICE, 0)])
    filled.rebuild("page_visits")
    assert len(filled.page_visits(ALICE, fresh=False)) == 1
    assert filled.verify().ok


def test_a_view_that_is_not_there_cannot_be_rebuilt(filled: footfall.Engine) -> None:
    with pytest.raises(UnknownView, match=r"no view 'visits'.*page_visits"):
        filled.rebuild("visits")


def test_a_rebuild_leaves_no_table_behind(filled: footfall.Engine, database_url: str) -> None:
    before = columns_of(database_url)
    filled.rebuild()
    assert columns_of(database_url) == before


def test_a_clock_that_stands_still_stops_no_rebuild(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url, clock=lambda: 1_800_000_000_000_000)
    engine.track_many([visit(ALICE, 0)])
    assert engine.rebuild() == engine.rebuild() == VIEWS
    assert engine.verify().ok
