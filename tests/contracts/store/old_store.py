"""Stores as versions 0.1 and 0.2 left them: their tables, their views, events without a timeout, their snapshots."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg
from msgspec.msgpack import decode

from footfall.domain.events import ActivityRecorded, CustomerEvent, Recorded
from footfall.infrastructure.log.codec import encode
from tests.contracts.log.streams import recorded
from tests.contracts.store.former_schemas import POSTGRES_0_1, POSTGRES_0_2, SQLITE_0_1, SQLITE_0_2, VIEWS
from tests.contracts.support import NOON, binary, execute
from tests.torture.watch.plain_sql import is_sqlite, libpq, sqlite_file

PARTITIONS = 4
HALF_AN_HOUR = 1_800_000_000
_INSERT = """
INSERT INTO log (partition, stream, customer, version, topic, event_id, action, time, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class Former:
    """A store's tables under the names that they had; `schema` is PostgreSQL's."""

    def __init__(self, url: str, schema: str = "footfall") -> None:
        self.url, self.schema = url, schema

    def run(self, statement: str, *rows: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Carry a statement out, once for each row of parameters, if there are any; returns its rows."""
        if is_sqlite(self.url):
            with closing(sqlite3.connect(sqlite_file(self.url))) as file, file:
                for row in rows:
                    file.execute(statement, [one.bytes if isinstance(one, UUID) else one for one in row])
                return [] if rows else file.execute(statement).fetchall()
        with psycopg.connect(libpq(self.url), options=f"-c search_path={self.schema}") as connection:
            cursor = connection.cursor()
            if rows:
                cursor.executemany(statement.replace("?", "%s"), rows)
            else:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def make(self, statements: str) -> None:
        """Carry statements out, one after the other."""
        for statement in statements.split(";\n"):
            if statement.strip():
                self.run(statement)


def old_store(
    url: str,
    streams: Mapping[UUID, Sequence[ActivityRecorded]] | None = None,
    timeout: int = HALF_AN_HOUR,
    *,
    revision: str = "0001",
    schema: str = "footfall",
) -> Former:
    """Leave a store of 0.1 (revision 0001) with these streams, whose view of sessions had seen all of them, or one of
    0.2 (0002) that had just been brought up to date."""
    former, on_sqlite = Former(url, schema), is_sqlite(url)
    if not on_sqlite:
        former.run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    former.make(SQLITE_0_1 if on_sqlite else POSTGRES_0_1)
    partitions = 1 if on_sqlite else PARTITIONS
    for number in () if on_sqlite else range(partitions):
        former.run(f"CREATE TABLE log_{number:02} PARTITION OF log FOR VALUES IN ({number})")
    former.make(VIEWS.replace("{uuid}", "BLOB" if on_sqlite else "uuid"))
    former.run("INSERT INTO alembic_version VALUES (?)", (revision,))
    former.run("INSERT INTO store VALUES (?, ?, ?)", (partitions, timeout, NOON))
    for customer, facts in (streams or {}).items():
        _append(former, partitions, customer, facts)
    if revision == "0002":
        former.make(SQLITE_0_2 if on_sqlite else POSTGRES_0_2)
        former.run("INSERT INTO due SELECT DISTINCT stream, partition, customer, 0 FROM log")
    _make_checkpoints(former, partitions, seen=revision == "0001")
    return former


def _append(former: Former, partitions: int, customer: UUID, facts: Sequence[ActivityRecorded]) -> None:
    former.run("INSERT INTO streams (customer) VALUES (?)", (customer,))
    ((stream,),) = former.run("SELECT max(stream) FROM streams")
    former.run(_INSERT, *(_row(customer.int % partitions, stream, one) for one in recorded(customer, facts)))


def _row(partition: int, stream: int, one: Recorded[CustomerEvent]) -> tuple[Any, ...]:
    customer, version, event = one.originator_id, one.originator_version, one.event
    what = (event.topic, event.event_id, event.action, event.time)
    return (partition, stream, customer, version, *what, old_state(event))


def old_state(event: CustomerEvent) -> bytes:
    """An event as 0.1 wrote it: activity had no timeout of its own."""
    fields = [getattr(event, name) for name in event.__struct_fields__ if name != "timeout"]
    return encode(fields)


def _make_checkpoints(former: Former, partitions: int, *, seen: bool) -> None:
    heads: dict[int, int] = dict(former.run("SELECT partition, max(position) FROM log GROUP BY partition"))
    rows = [
        (view, number, heads.get(number, 0) if seen and view == "sessions" else 0)
        for view in ("page_visits", "sessions", "profiles")
        for number in range(partitions)
    ]
    former.run("INSERT INTO checkpoints VALUES (?, ?, ?)", *rows)


def old_snapshot(former: Former, state: Any) -> None:
    """Let every stream have a snapshot in the format of 0.1, which named the timeout."""
    heads = former.run("SELECT stream, max(version) FROM log GROUP BY stream")
    written = encode((1, HALF_AN_HOUR, state))
    former.run("INSERT INTO snapshots VALUES (?, ?, ?)", *((stream, version, written) for stream, version in heads))


def without_past_sessions(url: str) -> None:
    """Leave a store as one from before past sessions were kept is once it has been opened: with a table for them that
    is empty, and snapshots of format 2."""
    for stream, version, state in execute(url, "SELECT stream, version, state FROM footfall.snapshots"):
        _, customer = decode(bytes(state))
        older = binary(encode((2, customer)), url)
        execute(url, f"UPDATE footfall.snapshots SET state = {older} WHERE stream = {stream} AND version = {version}")
    execute(url, "DELETE FROM footfall.past_sessions")
