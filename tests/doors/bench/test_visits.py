"""The made-up visits of `footfall bench` and of the benchmarks."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from footfall.doors.bench.visits import page_visits


def times(count: int, customers: int | None, seed: int) -> list[datetime]:
    """When the visits are."""
    return [datetime.fromisoformat(event["time"]) for event in page_visits(count, customers, seed)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("count", "customers"), [(2_000, None), (20_000, 1), (20_000, 20), (300, 1)])
def test_they_come_in_order_of_time_and_none_lies_in_the_future(count: int, customers: int | None, seed: int) -> None:
    found = times(count, customers, seed)
    assert len(found) == count
    assert all(before <= after for before, after in pairwise(found))
    assert found[-1] < datetime.now(UTC)


def test_they_are_the_same_each_time() -> None:
    assert list(page_visits(100)) == list(page_visits(100))
