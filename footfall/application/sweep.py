"""The sweep: sessions that have timed out are ended, once, whoever else sweeps at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from ..domain.moments import HOUR
from .ingest.batch import Batch
from .ingest.state_cache import States
from .ports.errors import UnreadableEvent
from .ports.log import Log, SweepTransaction
from .ports.vocabulary import Clock
from .running.counters import Counters
from .running.loggers import SWEEP
from .running.progress import Stopping, never
from .running.retries import gc_paused, retried
from .running.tracing import UNTRACED, Attributes, Untraced

CUSTOMERS = 500

SESSIONS = 2_000
AT_LEAST = 64
"""A transaction ends about so many sessions, but so many of each customer if there are; it looks again for the rest."""

POSTPONED = HOUR
"""When to look again at a customer whose stream this program cannot read."""


class Swept(msgspec.Struct, frozen=True):
    """What a sweep did: how many customers it looked at, how many sessions it ended."""

    customers: int
    sessions: int


class Sweep:
    """Ends sessions that have timed out. A table says when to look at whom; the stream itself says what is to be done.

    It shares what is known of customers' `states` with whoever takes events in here. `start_offset` should differ
    between processes, such as `os.getpid` does: they begin at different partitions then, and seldom wait for one
    another.
    """

    def __init__(
        self,
        log: Log,
        states: States,
        start_offset: Callable[[], int] = int,
        counters: Counters | None = None,
        tracing: Untraced = UNTRACED,
    ) -> None:
        self._log, self._states, self._counters = log, states, counters
        self._start_offset, self._sweeps = start_offset, 0
        self._sweep = tracing.around("footfall.sweep", self._sweep_partition, _told)

    def sweep(self, now: int) -> Swept:
        """Look at customers of whom a session may have ended before `now` (µs), and end those that have.

        Takes at most `CUSTOMERS` of each partition, a transaction for each; when none was looked at, nothing is due.
        """
        partitions = self._log.overdue_partitions(now)
        self._sweeps += 1
        start = (self._start_offset() + self._sweeps) % len(partitions) if partitions else 0
        done = [retried(self._sweep, partition, now) for partition in partitions[start:] + partitions[:start]]
        return Swept(sum(one.customers for one in done), sum(one.sessions for one in done))

    def sweep_all(self, clock: Clock, stopping: Stopping = never) -> int:
        """Sweep until nothing is due by the clock, or until `stopping`; returns how many sessions were ended."""
        ended = 0
        while not stopping() and (swept := self.sweep(clock())).customers:
            ended += swept.sessions
        return ended

    def _sweep_partition(self, partition: int, now: int) -> Swept:
        with gc_paused(), self._log.sweep(partition) as transaction:
            customers = transaction.overdue(now, CUSTOMERS)
            try:
                batch, deadlines = self._decide(transaction, customers, now)
            except UnreadableEvent:
                unreadable = self._unreadable(transaction, customers, now)
                batch, deadlines = self._decide(transaction, [one for one in customers if one not in unreadable], now)
                deadlines |= dict.fromkeys(unreadable, now + POSTPONED)
            ended = batch.write(transaction).events
            transaction.postpone(deadlines)
        # Those whose sessions time out are the last to come again, so that they take nobody's room.
        self._states.committed(batch.states(), transaction, adds=False)
        if self._counters is not None:
            self._counters.swept(ended)
        return Swept(len(customers), ended)

    def _decide(
        self, transaction: SweepTransaction, customers: Sequence[UUID], now: int
    ) -> tuple[Batch, dict[UUID, int | None]]:
        limit = max(AT_LEAST, SESSIONS // max(1, len(customers)))
        wanted = {customer.int: customer for customer in customers}
        states = self._states.load(transaction, wanted)
        waiting = [wanted[key] for key, state in states.items() if state.forgotten_open]
        batch = Batch(states, {}, transaction.open_past_sessions(waiting, limit) if waiting else {})
        return batch, {customer: batch.end_sessions(customer, now, limit) for customer in customers}

    def _unreadable(self, transaction: SweepTransaction, customers: Sequence[UUID], now: int) -> set[UUID]:
        # A stream that cannot be read must not keep the sessions of others open.
        found = set()
        for customer in customers:
            try:
                self._decide(transaction, [customer], now)
            except UnreadableEvent as error:
                SWEEP.error("cannot read the stream of customer %s to end its sessions", customer, exc_info=error)
                found.add(customer)
        return found


def _told(swept: Swept, *_: int) -> Attributes:
    return {"footfall.customers": swept.customers, "footfall.sessions_ended": swept.sessions}
