"""A store from before views were tallied: they are folded anew when it is opened, as are those tallied otherwise."""

from __future__ import annotations

import pytest

import footfall
from footfall.projections.page_visits import PageVisits
from tests.contracts.store.one_file import put_into_one_file
from tests.contracts.store.test_lists_by_place import indexes
from tests.contracts.support import ALICE, BOB, OpenEngine, columns_of, execute, visit


@pytest.fixture
def filled(engine_at: OpenEngine, database_url: str) -> footfall.Engine:
    """A store with two customers; its engine is closed."""
    with engine_at(database_url) as engine:
        engine.track_many([visit(ALICE, 0, "/a"), visit(ALICE, 1, "/b"), visit(BOB, 0, "/a")])
        engine.update(ALICE, {"plan": "gold"})
        engine.catch_up()
        return engine


def as_before(url: str) -> None:
    """Leave the store as the version before does."""
    (of_durations,) = (name for name, own in indexes(url, "sessions").items() if own == ["duration"])
    put_into_one_file(url)
    execute(url, f"DROP INDEX {'' if url.startswith('sqlite') else 'footfall.'}{of_durations}")
    execute(url, "ALTER TABLE footfall.sessions DROP COLUMN duration")
    for table in ("tallies", "tally_changes", "attribute_values"):
        execute(url, f"DROP TABLE footfall.{table}")
        execute(url, f"DELETE FROM footfall.own_tables WHERE name = '{table}'")
    execute(url, "DELETE FROM footfall.checkpoints WHERE projection = 'attribute_values'")
    execute(url, "UPDATE footfall.version SET version_num = '0007'")


def check(engine: footfall.Engine) -> None:
    """All reads over all customers are right once the views have caught up."""
    engine.catch_up()
    assert [(page.url, page.visits, page.customers) for page in engine.pages(customers=True)] == [
        ("/a", 2, 2),
        ("/b", 1, 1),
    ]
    stats = engine.stats()
    assert (stats.events, stats.customers, stats.page_visits, stats.sessions) == (3, 2, 3, 2)
    assert engine.session_summary().median_duration_seconds == 30.0
    assert [row.uuid for row in engine.profiles({"plan": "gold"})] == [str(ALICE)]
    assert engine.verify().ok


@pytest.mark.usefixtures("filled")
def test_an_upgrade_folds_the_views_anew(engine_at: OpenEngine, database_url: str) -> None:
    columns = columns_of(database_url)
    as_before(database_url)
    check(engine_at(database_url))
    assert columns_of(database_url) == columns


@pytest.mark.usefixtures("filled")
def test_a_view_that_is_tallied_otherwise_by_now_is_folded_anew(
    engine_at: OpenEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(database_url, "UPDATE footfall.tallies SET number = 77 WHERE projection = 'page_visits' AND name = 'pages'")
    execute(database_url, "DELETE FROM footfall.tally_changes WHERE projection = 'page_visits'")
    monkeypatch.setattr(PageVisits, "tallied", 2)
    check(engine_at(database_url))
