"""Parked customers taken up again where their views stopped."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from ....projections.read_model import ReadModel
from ...log.event_log import EventLog
from ...log.streams import by_customer
from ...log.tables import in_stream_of, log
from ..projecting import checkpoints
from ..projecting.parking import ParkedCustomer
from ..projecting.projector import Projector, unneeded_topics
from ..tables import Slot


class Redrive:
    """Folds what a view has missed of a customer since it was parked."""

    def __init__(self, event_log: EventLog, projector: Projector) -> None:
        self._database, self._projector = event_log.database, projector

    def redrive(self, models: Sequence[ReadModel]) -> list[tuple[ParkedCustomer, bool]]:
        """Take parked customers up again; tells for each whether it is healed. Those of a view that this program does
        not know stay parked."""
        with self._database.read() as connection:
            waiting = self._projector.parking.all(connection)
        by_name = {model.name: model for model in models}
        return [(one, self._take_up(by_name.get(one.projection), one)) for one in waiting]

    def _take_up(self, model: ReadModel | None, one: ParkedCustomer) -> bool:
        if model is None:
            return False
        with self._database.write() as connection:
            cursor = self._projector.lock(connection, [model], Slot.LIVE)[model.name][one.partition]
            self._projector.parking.release(connection, one)
            columns = (log.c.partition, log.c.position, log.c.customer, log.c.topic, log.c.state)
            query = sa.select(*columns).where(
                log.c.partition == one.partition,
                in_stream_of(one.customer),
                log.c.position.between(one.position, cursor),
            )
            rows = connection.execute(query.order_by(log.c.version))
            packed = ((*at, customer.bytes, topic, state) for *at, customer, topic, state in rows)
            self._projector.project(connection, model, Slot.LIVE, by_customer(packed, unneeded_topics([model])))
            return one.customer not in checkpoints.parked_customers(connection, one.projection)
