"""Limits: how many rows a read gives at most."""

from __future__ import annotations

from datetime import datetime

import pytest

import footfall
from footfall.domain.moments import to_datetime
from tests.contracts.support import ALICE, BOB, MINUTE, NOON, visit


def at(minute: float) -> datetime:
    return to_datetime(NOON + round(minute * MINUTE))


def test_the_newest_come_first_and_limits_hold(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 60 * n, f"/{n}") for n in (2, 0, 3, 1)])
    assert [row.url for row in engine.page_visits(ALICE, fresh=True)] == ["/3", "/2", "/1", "/0"]
    limited = engine.page_visits(ALICE, limit=2, fresh=True)
    assert [(row.url, row.previous_url, row.next_url) for row in limited] == [("/3", "/2", None), ("/2", "/1", "/3")]
    assert [row.started_at for row in engine.sessions(ALICE, limit=3, fresh=True)] == [at(180), at(120), at(60)]
    assert not engine.page_visits(ALICE, limit=0, fresh=True)
    assert not engine.page_visits(BOB, fresh=True)


def test_lists_over_all_customers_have_limits(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), visit(BOB, 0, "/b"), {"uuid": BOB, "action": "no"}, {"uuid": ALICE}])
    for limit, rows in ((0, 0), (1, 1), (2, 2), (3, 2), (None, 2)):
        assert len(engine.profiles(limit=limit, fresh=True)) == rows
        assert len(engine.pages(limit=limit, fresh=True)) == rows
    assert len(engine.rejected(limit=1)) == 1
    assert len(engine.rejected()) == 2


def test_a_limit_below_zero_is_refused(engine: footfall.Engine) -> None:
    for read in (engine.page_visits, engine.sessions, engine.timeline):
        with pytest.raises(footfall.InvalidArgument, match="limit"):
            read(ALICE, limit=-1)
    for look in (engine.profiles, engine.pages, engine.rejected):
        with pytest.raises(footfall.InvalidArgument, match="limit"):
            look(limit=-1)
