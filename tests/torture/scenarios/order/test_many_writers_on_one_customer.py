"""Eight writers on one customer at once: the versions of the stream are 1, 2, 3, … and nothing is lost."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import drop_unique_versions, no_partition_lock, no_write_lock
from ...made_up.writers import Taking, write
from ...watch.checker import check
from ...watch.views import catch_up

WRITERS, BATCH = 8, 5


def no_order(patch: pytest.MonkeyPatch) -> None:
    """Nothing keeps writers apart any more."""
    no_partition_lock(patch)
    no_write_lock(patch)


def crowd(torture: Torture, url: str, events: int, taken_away: Taking | None) -> None:
    """So many events of one customer, shared out among the writers."""
    footfall.open(url, partitions=4).close()
    if taken_away is not None:
        drop_unique_versions(url)
    journals = [torture.folder / f"{torture.tally.cycles}-{number}.journal" for number in range(WRITERS)]
    batches = events // WRITERS // BATCH
    with ExitStack() as running:
        writers = []
        for path in journals:
            seed = torture.rng.randrange(10**9)
            writers.append(running.enter_context(Child(write, url, path, seed, BATCH, 1, batches, taken_away)))
        for writer in writers:
            if not writer.ends_well(within=600):
                torture.tally.differs("a writer gave up")
    torture.tally.cycles += WRITERS * batches
    catch_up(url, torture.tally)
    check(url, journals, torture.tally)


def test_versions_without_a_hole(torture: Torture, database_url: str) -> None:
    events = torture.scaled(8_000, short=1_200)
    torture.endure(lambda without: crowd(torture, database_url, events, without), no_order)


def test_control_no_lock_and_no_unique_versions(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: crowd(torture, database_url, 400, without), no_order)
