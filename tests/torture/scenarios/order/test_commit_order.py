"""Transactions commit in another order than they began: who follows with a cursor for each partition skips none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import cursor_too_far, no_partition_lock, one_cursor
from ...made_up.writers import Taking, write
from ...watch import journal
from ...watch.plain_sql import is_sqlite, query

WRITERS, BATCH, CUSTOMERS = 4, 20, 5_000
PATIENCE_SECONDS = 3.0
# Between the positions of a transaction and its commit some time passes, more or less of it.
DAWDLE = """
CREATE OR REPLACE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(random() * 0.05); RETURN NULL; END';
CREATE OR REPLACE TRIGGER dawdle AFTER INSERT ON footfall.log FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
"""


def follow(say: Callable[[Any], None], url: str, taken_away: Taking | None) -> None:
    """Follow the log from its first event on and say each event id, until killed."""
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    with footfall.open(url) as engine:
        say("ready")
        for event in engine.subscribe(["page.visit"], after="start"):
            say(event.event_id)


def race(torture: Torture, url: str, events: int, taken_away: Taking | None) -> None:
    """So many events from four writers, while one follows."""
    footfall.open(url, partitions=4).close()
    if not is_sqlite(url):
        query(url, DAWDLE)
    journals = [torture.folder / f"{torture.tally.cycles}-{number}.journal" for number in range(WRITERS)]
    batches = events // WRITERS // BATCH
    with ExitStack() as running:
        follower = running.enter_context(Child(follow, url, taken_away))
        assert follower.hear() == "ready"
        writers = []
        for path in journals:
            seed = torture.rng.randrange(10**9)
            writers.append(running.enter_context(Child(write, url, path, seed, BATCH, CUSTOMERS, batches, taken_away)))
        for writer in writers:
            if not writer.ends_well(within=600):
                torture.tally.differs("a writer gave up")
        patience = torture.within(PATIENCE_SECONDS, taken_away)
        seen = _delivered(follower, WRITERS * batches * BATCH, patience)
    torture.tally.cycles += WRITERS * batches
    compare(torture, journals, seen)


def _delivered(follower: Child, written: int, patience: float) -> list[UUID]:
    # What a follower has skipped never comes, so the end is where nothing came for some seconds.
    seen: list[UUID] = []
    while follower.says_more(patience if len(seen) < written else 0.5):
        seen.append(UUID(follower.hear()))
    return seen


def compare(torture: Torture, journals: Sequence[Path], seen: list[UUID]) -> None:
    """Every acknowledged event was delivered, and once."""
    acknowledged = {event.event_id for one in journal.read(journals) if one.acknowledged for event in one.events}
    torture.tally.acknowledged += len(acknowledged)
    delivered = set(seen)
    torture.tally.lost += len(acknowledged - delivered)
    torture.tally.doubled += len(seen) - len(delivered)


def test_a_follower_skips_none(torture: Torture, database_url: str) -> None:
    events = torture.scaled(200_000, short=1_600)
    without = cursor_too_far if is_sqlite(database_url) else one_cursor  # SQLite has one partition
    torture.endure(lambda without: race(torture, database_url, events, without), without)


def test_control_one_cursor_for_all_partitions(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: race(torture, postgres_url, 1_200, without), one_cursor)


def test_control_a_cursor_too_far(torture: Torture, sqlite_url: str) -> None:
    torture.control(lambda without: race(torture, sqlite_url, 400, without), cursor_too_far)


def test_control_no_partition_lock(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: race(torture, postgres_url, 2_000, without), no_partition_lock)
