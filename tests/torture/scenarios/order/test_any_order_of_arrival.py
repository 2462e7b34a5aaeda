"""The same events in any order, in any batches, some of them twice, folded whenever: the same rows of every view."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any
from uuid import UUID

import pytest

import footfall

from ...conftest import Torture
from ...faults.unprotected_views import late_events_alone
from ...made_up.writers import NOON, Taking, as_sent
from ...watch.checker import check_store
from ...watch.journal import Sent
from ...watch.plain_sql import query, uuid_of

COPIES = 4
HALF_TIMEOUT = 15 * 60 * 1_000_000
VIEWS = {
    "page_visits": "uuid, event_id, time, url",
    "sessions": "uuid, started_at, last_activity_at, deadline, activities, page_visits, entry_url, exit_url",
    "profiles": "uuid, first_seen, last_seen, events",
}


def shuffle(torture: Torture, url: str, examples: int, taken_away: Taking | None) -> None:
    """Each example is a customer's history; copies of the customer get it in different orders and batches."""
    rng = torture.rng
    with pytest.MonkeyPatch.context() as patch, footfall.open(url, partitions=4) as engine:
        if taken_away is not None:
            taken_away(patch)
        copies: dict[UUID, int] = {}
        for _ in range(examples):
            torture.tally.cycles += 1
            history = _history(rng)
            for copy in range(COPIES):
                who = UUID(int=rng.getrandbits(128), version=4)
                copies[who] = torture.tally.cycles
                _arrive(engine, rng, who, history, shuffled=copy > 0)
        engine.catch_up()
    compare(torture, url, copies)
    check_store(url, torture.tally)


def _history(rng: random.Random) -> list[tuple[UUID, int, str]]:
    # Steps on and beside the timeout, so that sessions touch, join and part.
    return [
        (
            UUID(int=rng.getrandbits(128), version=4),
            NOON + rng.randrange(-40, 40) * HALF_TIMEOUT + rng.choice([0, 1, -1]),
            f"/{rng.randrange(3)}",
        )
        for _ in range(rng.choice([3, 10, 40]))
    ]


def _arrive(engine: footfall.Engine, rng: random.Random, who: UUID, history: list[Any], *, shuffled: bool) -> None:
    events = [as_sent(Sent(who, *one)) for one in history]
    if shuffled:
        events += rng.choices(events, k=2)
        rng.shuffle(events)
    while events:
        size = rng.randrange(1, len(events) + 1) if shuffled else len(events)
        engine.track_many(events[:size])
        del events[:size]
        if shuffled and rng.random() < 0.3:
            engine.catch_up()


def compare(torture: Torture, url: str, copies: dict[UUID, int]) -> None:
    """The copies of a customer have the same rows."""
    for view, columns in VIEWS.items():
        rows: dict[UUID, set[tuple[Any, ...]]] = defaultdict(set)
        for who, *row in query(url, f"SELECT {columns} FROM footfall.{view}"):
            rows[uuid_of(who)].add(tuple(row))
        of_example: dict[int, list[set[tuple[Any, ...]]]] = defaultdict(list)
        for who, example in copies.items():
            of_example[example].append(rows[who])
        for same in of_example.values():
            torture.tally.acknowledged += len(same[0])
            if any(one != same[0] for one in same):
                torture.tally.differs(f"{view} depend on the order of arrival")


def test_the_same_rows(torture: Torture, database_url: str) -> None:
    examples = torture.scaled(1_000, short=15)
    torture.endure(lambda without: shuffle(torture, database_url, examples, without), late_events_alone)


def test_control_late_events_that_see_no_earlier_ones(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: shuffle(torture, database_url, 3, without), late_events_alone)
