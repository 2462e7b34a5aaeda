"""A clock and a maker of ids that a host injects: what they give is checked when a store is opened, or at first use."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

import footfall
import footfall.testing
from tests.contracts.support import ALICE, NOON

CLOCKS: list[Any] = [
    time.time,
    lambda: int(time.time()),
    lambda: time.time_ns() // 1_000_000,
    time.time_ns,
    time.monotonic,
    lambda: float(NOON),
    lambda: "2026-01-01T12:00:00Z",
    lambda: None,
    lambda: True,
    lambda: -1,
    lambda: 10**40,
    NOON,
]


@pytest.fixture(params=["database", "memory"])
def open_with(request: pytest.FixtureRequest, sqlite_url: str) -> Callable[..., footfall.Engine]:
    """Opens an engine, on a database or in memory."""
    if request.param == "memory":
        return footfall.testing.open
    return lambda **options: footfall.open(sqlite_url, **options)


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_that_gives_no_microseconds_is_told_what_it_must_give(
    open_with: Callable[..., footfall.Engine], clock: Any
) -> None:
    with pytest.raises(footfall.InvalidArgument, match=r"clock.*microseconds since the epoch.*time_ns\(\) // 1_000"):
        open_with(clock=clock)


def test_a_clock_that_gives_microseconds_is_taken(sqlite_url: str) -> None:
    with footfall.open(sqlite_url, clock=lambda: time.time_ns() // 1_000) as engine:
        assert engine.track(ALICE, "page.visit", {"url": "/"}).status == "accepted"


@pytest.mark.parametrize("new_id", [lambda: str(uuid4()), lambda: uuid4().hex, lambda: 7, lambda: None])
def test_ids_that_are_no_uuids_are_told_what_they_must_be(
    open_with: Callable[..., footfall.Engine], new_id: Any
) -> None:
    with open_with(new_id=new_id) as engine:
        with pytest.raises(footfall.InvalidArgument, match=r"new_id must give a uuid\.UUID; it gave"):
            engine.track(ALICE, "page.visit", {"url": "/"})
        assert engine.track(ALICE, "page.visit", {"url": "/"}, event_id=uuid4()).status == "accepted"


def test_what_makes_no_ids_at_all_is_refused_at_once(open_with: Callable[..., footfall.Engine]) -> None:
    with pytest.raises(footfall.InvalidArgument, match="new_id is a function"):
        open_with(new_id=uuid4())
