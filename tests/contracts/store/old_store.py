"""Stores as version 0.1 left them: its schema, its views, its events without a timeout, its snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from footfall.domain.events import ActivityRecorded, CustomerEvent, Recorded
from footfall.infrastructure.database.connections import driver
from footfall.infrastructure.database.database import SCHEMA, Database
from footfall.infrastructure.log.codec import encode
from footfall.infrastructure.log.dialects.statements import LogRow
from footfall.infrastructure.log.event_log import EventLog
from footfall.infrastructure.log.tables import checkpoints, store
from tests.contracts.log.streams import recorded
from tests.contracts.support import NOON, binary, execute

PARTITIONS = 4
HALF_AN_HOUR = 1_800_000_000


def old_store(
    url: str, streams: Mapping[UUID, Sequence[ActivityRecorded]] | None = None, timeout: int = HALF_AN_HOUR
) -> None:
    """Leave a store of 0.1 with these streams, whose view of sessions had seen all of them."""
    database = Database(url)
    log = EventLog(database, 1 if database.dialect.one_writer else PARTITIONS)
    try:
        with database.write() as connection:
            _create(connection, log, timeout)
            for customer, facts in (streams or {}).items():
                _append(connection, log, customer, facts)
            _views(connection, log)
    finally:
        database.close()


def _create(connection: sa.Connection, log: EventLog, timeout: int) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("footfall.infrastructure.schema") / "migrations"))
    config.attributes.update(connection=connection, partitions=log.partitions, dialect=log.database.dialect)
    log.database.dialect.create_schema(connection, SCHEMA)
    command.upgrade(config, "0001")
    settings = {"partitions": log.partitions, "session_timeout": timeout, "created_at": NOON}
    connection.execute(store.insert().values(settings))


def _append(connection: sa.Connection, log: EventLog, customer: UUID, facts: Sequence[ActivityRecorded]) -> None:
    number = log.statements.number(driver(connection), [customer])[customer]
    at = log.partition_of(customer)
    rows: list[LogRow] = [_row(at, number, one) for one in recorded(customer, facts)]
    log.statements.append(driver(connection), rows)


def _row(at: int, stream: int, one: Recorded[CustomerEvent]) -> LogRow:
    customer, version, event = one.originator_id, one.originator_version, one.event
    what = (event.topic, event.event_id, event.action, event.time)
    return (at, stream, customer, version, *what, old_state(event))


def old_state(event: CustomerEvent) -> bytes:
    """An event as 0.1 wrote it: activity had no timeout of its own."""
    fields = [getattr(event, name) for name in event.__struct_fields__ if name != "timeout"]
    return encode(fields)


def _views(connection: sa.Connection, log: EventLog) -> None:
    connection.execute(sa.text("CREATE TABLE sessions (session_id TEXT, uuid TEXT, started_at BIGINT)"))
    heads = log.statements.heads(driver(connection))
    seen = [{"projection": "sessions", "partition": n, "position": heads[n]} for n in range(log.partitions)]
    connection.execute(checkpoints.insert(), seen)


def old_snapshot(url: str, state: Any) -> None:
    """Let every stream have a snapshot in the format of 0.1, which named the timeout."""
    written = binary(encode((1, HALF_AN_HOUR, state)), url)
    streams = "SELECT stream, max(version) AS version FROM log GROUP BY stream"
    execute(url, f"INSERT INTO snapshots SELECT stream, version, {written} FROM ({streams}) AS streams")
