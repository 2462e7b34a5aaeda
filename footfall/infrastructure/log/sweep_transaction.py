"""An append under way that ends sessions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from ...domain.sessions import Session
from .transaction import LogTransaction, Means


class SweepTransaction(LogTransaction):
    """An append under way that ends sessions in one partition: the `SweepTransaction` port."""

    def __init__(self, means: Means, partition: int) -> None:
        # The partition first, then the rows of deadlines: in the order in which whoever appends takes them.
        super().__init__(means, [partition])
        self._partition = partition
        self._overdue: dict[UUID, int] = {}

    def overdue(self, now: int, limit: int) -> list[UUID]:
        """Customers whose deadline lies before `now` (µs), those who wait longest first."""
        self._overdue = self._statements.deadlines.take(self._driver, self._partition, now, limit)
        return list(self._overdue)

    def open_past_sessions(self, customers: Collection[UUID], limit: int) -> dict[UUID, list[Session]]:
        """The past sessions of customers whose end is not announced: the first `limit` of each, sorted."""
        return self._streams.open_past_sessions(self._connection, customers, limit)

    def postpone(self, deadlines: Mapping[UUID, int | None]) -> None:
        """Replace the deadlines (µs) of customers, or forget them."""
        again = [(self._overdue[customer], moment) for customer, moment in deadlines.items() if moment is not None]
        settled = [self._overdue[customer] for customer, moment in deadlines.items() if moment is None]
        self._statements.deadlines.move(self._driver, again, settled)
