"""A host is killed, rolls back, or rolls back to a savepoint: its rows and the events in its transactions are never
apart."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import tracked_beside
from ...made_up.writers import Taking, as_sent, made_up
from ...watch.checker import check_store
from ...watch.plain_sql import is_sqlite, libpq, query, sqlite_file, uuid_of
from ...watch.tally import Tally
from ...watch.views import catch_up

SHORT = 15
_BOTH = """
SELECT 'order', event FROM orders UNION ALL SELECT 'event', event_id FROM footfall.log WHERE action = 'page.visit'
"""


def take_orders(say: Callable[[Any], None], url: str, seed: int, taken_away: Taking | None) -> None:
    """Transactions without end, each with rows of the host and an event for each of them; says `ready`, and then the
    ids of what it has committed."""
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    rng = random.Random(seed)
    # Where the control writes beside the host, the two may wait for each other on SQLite.
    with suppress(footfall.StoreBusy), footfall.open(url, partitions=4, lock_timeout=timedelta(seconds=5)) as engine:
        host = _connect(url)
        say("ready")
        while True:
            events = made_up(rng, rng.randrange(1, 4), 10)
            ending = rng.choice(("commit", "commit", "rollback", "savepoint"))
            with _savepoint(host, given_up=ending == "savepoint"):
                with engine.within(host) as inside:
                    inside.track_many(map(as_sent, events))
                for event in events:
                    _insert(host, event.event_id)
            time.sleep(rng.random() * 0.002)  # most of the moments at which it is killed lie before a commit
            if ending == "rollback":
                host.rollback()
            else:
                host.commit()
            if ending == "commit":
                say([event.event_id for event in events])


def killing(torture: Torture, url: str, cycles: int, taken_away: Taking | None) -> None:
    """Kill a host at its work, time after time, and compare what it and the store have."""
    with footfall.open(url, partitions=4):
        query(url, f"CREATE TABLE IF NOT EXISTS orders (event {'BLOB' if is_sqlite(url) else 'uuid'} PRIMARY KEY)")
    committed: set[UUID] = set()
    for _ in range(cycles):
        with Child(take_orders, url, torture.rng.randrange(10**9), taken_away) as host:
            assert host.hear() == "ready"
            torture.tally.cycles += host.kill(after=torture.rng.random() * 0.05)
            committed.update(one for said in host.heard() for one in said)
    compare(url, committed, torture.tally)
    catch_up(url, torture.tally)
    check_store(url, torture.tally)


def compare(url: str, committed: set[UUID], tally: Tally) -> None:
    """Count what the host has without an event, what has an event without the host, and what is lost of both."""
    found: dict[str, set[UUID]] = {"order": set(), "event": set()}
    for kind, event in query(url, _BOTH):  # one statement, which sees one moment
        found[kind].add(uuid_of(event))
    tally.acknowledged += len(committed)
    tally.lost += len(committed - found["order"])
    for apart in found["order"] ^ found["event"]:
        tally.differs(f"{apart} is with {'the host' if apart in found['order'] else 'the store'} only")


def _connect(url: str) -> Any:
    return sqlite3.connect(sqlite_file(url), timeout=30) if is_sqlite(url) else psycopg.connect(libpq(url))


def _insert(host: Any, event_id: UUID) -> None:
    if isinstance(host, sqlite3.Connection):
        host.execute("INSERT INTO orders VALUES (?)", (event_id.bytes,))
    else:
        host.execute("INSERT INTO orders VALUES (%s)", (event_id,))


@contextmanager
def _savepoint(host: Any, *, given_up: bool) -> Iterator[None]:
    if not given_up:
        yield
        return
    host.execute("SAVEPOINT host")
    yield
    host.execute("ROLLBACK TO SAVEPOINT host")


def test_rows_and_events_are_never_apart(torture: Torture, database_url: str) -> None:
    cycles = torture.scaled(1_000, short=SHORT)
    torture.endure(lambda without: killing(torture, database_url, cycles, without), tracked_beside)


def test_control_events_tracked_beside_the_transaction(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: killing(torture, database_url, SHORT, without), tracked_beside)
