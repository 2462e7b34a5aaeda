"""An engine in memory answers as one on SQLite does, whatever happened."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from uuid import UUID

import pytest

import footfall
import footfall.testing
from tests.contracts.support import NOON, ManualClock
from tests.testing.story import Clicks, answer, answers, story

CLICKS = Clicks()


@pytest.fixture
def both(sqlite_url: str) -> Iterator[tuple[footfall.Engine, footfall.Engine]]:
    """An engine in memory and one on SQLite, with clocks and ids of their own that run alike."""
    # The second is read once more, while its store is created.
    clocks, ids = (ManualClock(NOON + 1), ManualClock(NOON)), (count(1), count(1))
    with (
        footfall.testing.open(
            read_models=[CLICKS], clock=clocks[0], new_id=lambda: UUID(int=next(ids[0])), session_timeout="20m"
        ) as memory,
        footfall.open(
            sqlite_url,
            read_models=[CLICKS],
            clock=clocks[1],
            new_id=lambda: UUID(int=next(ids[1])),
            session_timeout="20m",
        ) as sqlite,
    ):
        assert clocks[0].now == clocks[1].now
        yield memory, sqlite


@pytest.mark.parametrize("seed", range(12))
def test_both_answer_alike_after_every_step_and_to_every_question(
    both: tuple[footfall.Engine, footfall.Engine], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, step in enumerate(story(seed)):
        monkeypatch.setattr(Clicks, "mended", number >= 45)
        of_memory, of_sqlite = (answer(engine, step) for engine in both)
        assert of_memory == of_sqlite, f"step {number}"
    of_memory, of_sqlite = (answers(engine) for engine in both)
    assert of_memory.keys() == of_sqlite.keys()
    for question, told in of_memory.items():
        assert told == of_sqlite[question], question


def test_the_stories_are_about_what_they_should_be_about(both: tuple[footfall.Engine, footfall.Engine]) -> None:
    # So that the test above cannot pass because nothing happens in it.
    memory, _ = both
    told = [answer(memory, step) for seed in range(12) for step in story(seed)]
    memory._parts.clock.now = 2 * NOON  # type: ignore[attr-defined]
    memory.sweep()
    everything = answers(memory)
    assert {event.action for event in everything["delivered"]} >= {"session.start", "session.revise", "session.end"}
    results = [
        result for some in told if isinstance(some, list) for result in some if isinstance(result, footfall.Result)
    ]
    assert {result.status for result in results} == {"accepted", "duplicate", "rejected"}
    assert {result.reason for result in results} >= {"conflict", "undefined_action", "missing_parameter", "wrong_type"}
    assert everything["status after"][1]
    assert any(handle for handle in everything["rows"][1])
    assert None not in everything["by id"]
    assert any(isinstance(one, tuple) for one in told)
    assert everything["what if"].today.sessions == everything["stats"].sessions
