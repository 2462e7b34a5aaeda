"""A summary tells of one moment, whatever is written while its figures are gathered."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa

import footfall
from footfall.projections.session_summary import SessionSummary
from tests.contracts.support import ALICE, OpenEngine, parts_of, visit

APART = [visit(ALICE, 50 * n, f"/{n}") for n in range(40)]
BETWEEN = [visit(ALICE, 50 * n + 25, "/between") for n in range(39)]


def disturbed(engine: footfall.Engine, other: footfall.Engine, after: int) -> SessionSummary:
    """A summary during which, after so many of its statements, another engine joins all sessions into one."""
    statements = iter(range(100))

    def join_all(*_: Any) -> None:
        if next(statements) == after:
            other.track_many(random.Random(after).sample(BETWEEN, len(BETWEEN)))
            other.catch_up()

    opener = parts_of(engine).views_database.opener
    sa.event.listen(opener, "after_cursor_execute", join_all)
    try:
        return engine.session_summary(fresh=False)
    finally:
        sa.event.remove(opener, "after_cursor_execute", join_all)


@pytest.mark.parametrize("after", range(5))
def test_a_summary_is_that_of_before_or_of_after_what_is_written_meanwhile(
    engine: footfall.Engine, engine_at: OpenEngine, database_url: str, after: int
) -> None:
    engine.track_many(APART)
    before = engine.session_summary(fresh=True)
    found = disturbed(engine, engine_at(database_url), after)
    assert before.sessions == 40
    assert engine.session_summary(fresh=True).sessions == 1
    assert found in (before, engine.session_summary(fresh=True))
