"""Parked customers: those whose events a projection could not take, waiting until its fold is mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....application.ports.vocabulary import Clock
from ....application.reading.operation_answers import ParkedRow
from ....application.running.loggers import VIEWS
from ....domain.errors import storable
from ....domain.moments import to_datetime
from ...log.streams import CustomerEvents
from ...log.tables import in_stream_of, log, parked


class ParkedCustomer(NamedTuple):
    """Where a projection stopped for a customer (`position` in the log), when (µs) and why."""

    projection: str
    customer: UUID
    partition: int
    position: int
    parked_at: int
    error: str


def parked_row(one: ParkedCustomer) -> ParkedRow:
    """A parked customer as it is shown."""
    return ParkedRow(one.projection, str(one.customer), one.position, to_datetime(one.parked_at), one.error)


class Parking:
    """The customers that projections go on without."""

    def __init__(self, clock: Clock) -> None:
        self.now = clock

    def all(self, connection: Connection) -> list[ParkedCustomer]:
        """Everyone who is parked, the longest waiting first."""
        rows = connection.execute(sa.select(parked).order_by(parked.c.parked_at, parked.c.projection))
        return [ParkedCustomer(*row) for row in rows]

    def park(
        self,
        connection: Connection,
        table: str,
        failures: Mapping[UUID, Exception],
        events: Mapping[UUID, CustomerEvents],
    ) -> None:
        """Park customers, from the first of these events on, and say so in the log of the program."""
        for customer, error in failures.items():
            own = events[customer]
            position = own.position if own.is_exact else _first_position(connection, customer, own)
            VIEWS.error(
                "%s cannot take events of customer %s from position %d on and goes on without: redrive once "
                "the cause is mended",
                table,
                customer,
                position,
                exc_info=error,
            )
            reason = storable(f"{type(error).__name__}: {error}")
            values = (table, customer, own.partition, position, self.now(), reason)
            connection.execute(parked.insert().values(ParkedCustomer(*values)._asdict()))

    def release(self, connection: Connection, one: ParkedCustomer) -> None:
        """Forget that a customer was parked."""
        same = (parked.c.projection == one.projection, parked.c.customer == one.customer)
        connection.execute(parked.delete().where(*same))


def _first_position(connection: Connection, customer: UUID, own: CustomerEvents) -> int:
    # What was handed over was never read from the log, which knows.
    rows = sa.select(sa.func.min(log.c.position)).where(
        log.c.partition == own.partition,
        in_stream_of(customer),
        log.c.position >= own.position,
        log.c.topic == own.readable[0].topic,
    )
    return connection.scalar(rows) or own.position
