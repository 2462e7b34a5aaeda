"""The engine with a protection taken away, for the negative controls: what the checker must then see.

Each function changes the engine in the process that calls it, or the store by SQL. Nothing here is reachable from the
package.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.engine import Connection

from footfall.application.ingest import ingest
from footfall.application.running import retries
from footfall.domain import params, session_ends
from footfall.domain.results import Status, taken
from footfall.doors.http.batcher import Batcher
from footfall.doors.http.outcomes import hand_back, outcomes
from footfall.engine.engine import Engine
from footfall.infrastructure.database.connections import driver
from footfall.infrastructure.database.database import Database
from footfall.infrastructure.database.dialects.one_journey import Statement
from footfall.infrastructure.log.dialects.postgres import PostgresLog
from footfall.infrastructure.log.dialects.postgres_at_once import PostgresAtOnce
from footfall.infrastructure.log.dialects.postgres_deadlines import PostgresDeadlines
from footfall.infrastructure.log.dialects.sqlite import SqliteLog
from footfall.infrastructure.log.dialects.sqlite_deadlines import SqliteDeadlines
from footfall.infrastructure.log.event_log import EventLog
from footfall.infrastructure.log.streams import StreamStore
from footfall.infrastructure.schema import ownership

from ..watch.plain_sql import is_sqlite, query


def commit_in_pieces(patch: pytest.MonkeyPatch) -> None:
    """A batch that is handed in together is no longer one transaction."""
    patch.setattr(ingest, "SHARED", 3)
    patch.setattr(ingest, "BATCH", 3)


def answer_before_commit(patch: pytest.MonkeyPatch) -> None:
    """The door says that it has taken what it is about to write."""

    def work(self: Batcher) -> None:
        while (group := self._gather()) is not None:
            hand_back((one, [taken(Status.ACCEPTED, uuid4()) for _ in one.handed_in]) for one in group)
            list(outcomes(self._engine, group))

    patch.setattr(Batcher, "_work", work)


def no_partition_lock(patch: pytest.MonkeyPatch) -> None:
    """Writers no longer keep each other out of a partition (PostgreSQL)."""

    def only_look(self: PostgresLog, driver: Any, partitions: Any) -> dict[int, int]:
        driver.execute("BEGIN")
        heads = self.heads(driver)
        return {at: heads[at] for at in {-1, *partitions}}

    patch.setattr(PostgresLog, "lock", only_look)
    patch.setattr(PostgresAtOnce, "_lock", lambda *_: Statement(b"footfall_no_lock", b"SELECT 1"))


def no_look_up(patch: pytest.MonkeyPatch) -> None:
    """What is stored already is not looked for before it is written."""
    for dialect in (PostgresLog, SqliteLog):
        patch.setattr(dialect, "stored", lambda *_: [])


def whole_stream_for_late_events(patch: pytest.MonkeyPatch) -> None:
    """Late activity has its customer's whole stream read, not only the past sessions that it touches."""
    past_sessions = StreamStore.past_sessions

    def read_all(self: StreamStore, connection: Connection, spans: Any) -> Any:
        for customer in spans:
            assert self.history(connection, customer)
        return past_sessions(self, connection, spans)

    patch.setattr(StreamStore, "past_sessions", read_all)


def drop_unique_event_ids(url: str) -> None:
    """The log no longer refuses an event id that it holds."""
    query(url, "DROP INDEX footfall.log_facts")
    if is_sqlite(url):
        # Statements name this index, so another one that is not unique takes its place.
        facts = "(stream, event_id) WHERE topic IN ('activity', 'attributes')"
        query(url, f"CREATE INDEX footfall_log_facts ON footfall.log {facts}")


def drop_unique_versions(url: str) -> None:
    """The log no longer refuses a version that a stream has."""
    if is_sqlite(url):
        query(url, "DROP INDEX footfall.log_streams")
        query(url, "CREATE INDEX footfall_log_streams ON footfall.log (stream, version)")
    else:
        query(url, "ALTER TABLE footfall.log DROP CONSTRAINT log_partition_stream_version_key")


def deadlines_apart(patch: pytest.MonkeyPatch) -> None:
    """When to look at whom is forgotten in a transaction of its own, ahead of the ends that are written for it."""

    def apart(take: Any) -> Any:
        def taken(self: Any, driver: Any, *rest: Any) -> dict[UUID, int]:
            found: dict[UUID, int] = take(self, driver, *rest)
            self.move(driver, [], list(found.values()))
            driver.commit()
            if isinstance(driver, sqlite3.Connection):
                driver.execute("BEGIN IMMEDIATE")
            return found

        return taken

    for dialect in (PostgresDeadlines, SqliteDeadlines):
        patch.setattr(dialect, "take", apart(dialect.take))


def no_write_lock(patch: pytest.MonkeyPatch) -> None:
    """A write on SQLite begins like a read, and takes its lock only when it comes to write."""

    @contextmanager
    def write(self: Database, **_: bool) -> Iterator[Connection]:
        with self.translated(), self.connections.one() as connection:
            driver(connection).execute("BEGIN")
            yield connection
            driver(connection).commit()

    patch.setattr(Database, "write", write)


def every_table_is_ours(patch: pytest.MonkeyPatch) -> None:
    """A table that stands in the place of one of the store is dropped, whoever made it."""

    def make_room(connection: Connection, tables: Iterable[str]) -> None:
        for table in ownership.there(connection).intersection(tables):
            connection.exec_driver_sql(f"DROP TABLE footfall.{table}")

    patch.setattr(ownership, "check_free", make_room)


def no_retries(patch: pytest.MonkeyPatch) -> None:
    """A write is tried once."""
    patch.setattr(retries, "ATTEMPTS", 1)


def one_cursor(patch: pytest.MonkeyPatch) -> None:
    """A follower has one cursor for all partitions instead of one for each."""
    follow = EventLog.follow

    def followed(self: EventLog, after: Any, wanted: Any) -> Any:
        found, reached = follow(self, after, wanted)
        return found, dict.fromkeys(reached, max(reached.values()))

    patch.setattr(EventLog, "follow", followed)


def cursor_too_far(patch: pytest.MonkeyPatch) -> None:
    """A follower's cursor moves on by some positions too many."""
    follow = EventLog.follow

    def followed(self: EventLog, after: Any, wanted: Any) -> Any:
        found, reached = follow(self, after, wanted)
        return found, {
            partition: position + 5 * (position > after[partition]) for partition, position in reached.items()
        }

    patch.setattr(EventLog, "follow", followed)


def tracked_beside(patch: pytest.MonkeyPatch) -> None:
    """What is tracked within a host's transaction is tracked by the engine itself, beside it."""

    @contextmanager
    def beside(self: Engine, _connection: Any) -> Iterator[Engine]:
        yield self

    patch.setattr(Engine, "within", beside)


def no_gate(patch: pytest.MonkeyPatch) -> None:
    """Params are taken in as they are."""
    patch.setattr(params, "plain", lambda given, _where="params": given)


def ends_by_the_clock(patch: pytest.MonkeyPatch) -> None:
    """A session ends when it is looked at, not when it timed out."""
    end = session_ends._end

    def now(customer: UUID, session: Any, now: int) -> Any:
        told = end(customer, session, now)
        return type(told)(now, *[getattr(told, name) for name in told.__struct_fields__[1:]])

    patch.setattr(session_ends, "_end", now)
