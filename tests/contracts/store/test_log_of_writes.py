"""SQLite's log of writes is copied back, and written from its start again, as seldom as what is written asks for."""

from __future__ import annotations

from pathlib import Path

import footfall
from tests.contracts.support import ALICE

LOOKS_EVERY = 64
"""So many commits a connection makes until it sees what others do."""

FEW = 4_300_000
"""A thousand pages with their headers, and what one commit may add, in bytes."""


def _longest(engine: footfall.Engine, url: str, batches: int, size: int) -> int:
    visit = {"uuid": ALICE, "action": "page.visit", "params": {"url": "/"}}
    for _ in range(batches):
        assert all(engine.track_many([visit] * size))
    return Path(f"{_file(url)}-wal").stat().st_size


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_it_stays_short_while_events_come_one_by_one(sqlite_url: str) -> None:
    with footfall.open(sqlite_url) as engine:
        # Four pages each: without an end it would be 9 MB long.
        assert 2_000_000 < _longest(engine, sqlite_url, batches=600, size=1) < FEW


def test_transactions_of_many_rows_let_it_become_long(sqlite_url: str) -> None:
    with footfall.open(sqlite_url) as engine:
        assert _longest(engine, sqlite_url, batches=40, size=500) > 2 * FEW


def test_who_writes_few_events_beside_it_leaves_it_long(sqlite_url: str) -> None:
    with footfall.open(sqlite_url) as engine, footfall.open(sqlite_url) as other:
        _longest(other, sqlite_url, batches=1, size=1)
        _longest(engine, sqlite_url, batches=40, size=500)
        _longest(other, sqlite_url, batches=LOOKS_EVERY, size=1)
        _longest(engine, sqlite_url, batches=20, size=500)
        copied_back_at = _file(sqlite_url).stat().st_mtime_ns
        _longest(other, sqlite_url, batches=1, size=1)
        assert _file(sqlite_url).stat().st_mtime_ns == copied_back_at
