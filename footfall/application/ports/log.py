"""The event log, as the use cases need it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

import msgspec

from ...domain.customer import Customer
from ...domain.errors import Reason
from ...domain.events import ActivityRecorded, CatalogueEvent, CustomerEvent, Fact, Recorded
from ...domain.past_sessions import Snapshot
from ...domain.sessions import Session
from ...domain.spans import Span
from .following import EventFilter, FollowedEvent
from .vocabulary import Rejection, TimelineEvent

CATALOGUE_PARTITION = -1
"""The partition of the definitions' streams; its head tells a writer whether its catalogue is the newest."""


class StreamAppend(msgspec.Struct, frozen=True, gc=False):
    """What is written to one customer's stream: `events`, one at least, of which the first follows on event number
    `version`. With them a snapshot with its past sessions, if one is due, and the deadline (µs) after which a session
    may have ended, if there is one to be written where it is earlier than what is written."""

    customer: UUID
    version: int
    events: Sequence[CustomerEvent]
    snapshot: Snapshot | None = None
    deadline: int | None = None


Suppose = Callable[[], Mapping[int, int] | None]
"""Tells the heads for which the writer knows the customers' states, the catalogue's among them; None: he does not."""


class Appending(Protocol):
    """What is being written to the streams of some customers."""

    @property
    def customers(self) -> Sequence[UUID]:
        """All of them, in the order in which they shall come."""

    def write(self, append: StreamAppend) -> None:
        """Write to the stream of the next customer. It may be under way while it is decided on those who follow."""

    @property
    def bytes(self) -> int:
        """Of how many bytes the events written so far are, as they are stored."""


class AppendTransaction(Protocol):
    """One transaction that holds the write locks of the partitions of some customers."""

    @property
    def heads(self) -> Mapping[int, int]:
        """The last positions, as it began, of the partitions that it locked, and of the catalogue's."""

    @property
    def reached(self) -> int:
        """A position that is not before any of its partitions' as it ends; what others write there later comes after
        it."""

    def states(self, customers: Collection[UUID]) -> dict[UUID, Customer]:
        """The states of customers that have a stream, with one query."""

    def past_sessions(self, spans: Mapping[UUID, Sequence[Span]]) -> dict[UUID, list[Session]]:
        """The past sessions of customers whose deadlines (µs) lie in spans (in order, apart from each other), and the
        first one after each span: sorted, none twice, with one query."""

    def stored(self, ids: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Fact]:
        """The facts already stored under (customer, event id)."""

    def holds(self, partition: int, after: int, upto: int) -> bool:
        """Whether a partition holds an event after one position and up to another."""

    def appending(self, customers: Collection[UUID]) -> AbstractContextManager[Appending]:
        """Begin to write to the streams of some customers. It ends, and all is written, on leaving. Raises
        `AppendConflict`, then or before."""

    def keep(self, rejections: Sequence[Rejection], released: Collection[UUID]) -> None:
        """Keep rejections, each once and with its newest reason, and forget those that were re-driven. What is then
        beyond the bounds goes, the oldest first."""


class SweepTransaction(AppendTransaction, Protocol):
    """One transaction that ends sessions in a partition, and keeps other writers out of it."""

    def overdue(self, now: int, limit: int) -> list[UUID]:
        """Customers whose deadline lies before `now` (µs), those who wait longest first."""

    def open_past_sessions(self, customers: Collection[UUID], limit: int) -> dict[UUID, list[Session]]:
        """The past sessions of customers whose end is not announced: the first `limit` of each, sorted."""

    def postpone(self, deadlines: Mapping[UUID, int | None]) -> None:
        """Replace the deadlines (µs) of customers that were `overdue`; None: no session is open, forget them until a
        new one begins."""


class Log(Protocol):
    """The event log: streams of customers in `partitions`, and the catalogue's in one of its own."""

    partitions: int

    def partition_of(self, stream: UUID) -> int:
        """The partition that holds a customer's stream."""

    def transaction(
        self, customers: Collection[UUID], suppose: Suppose = lambda: None
    ) -> AbstractContextManager[AppendTransaction]:
        """Begin an append; commits on leaving, rolls back on an exception.

        Where that saves a journey, the caller is asked what to `suppose`. Then it may begin with what it writes:
        `heads` are the supposed ones until it ends, and those that it found from then on, of which a partition's may be
        a later one: others wrote there, to other customers. That one of these customers has changed, raises
        `AppendConflict` on leaving, and another catalogue `CatalogueChanged`.
        """

    def overdue_partitions(self, now: int) -> list[int]:
        """The partitions of customers whose deadline lies before `now` (µs)."""

    def sweep(self, partition: int) -> AbstractContextManager[SweepTransaction]:
        """Begin to end sessions in a partition; commits on leaving, rolls back on an exception."""

    def state(self, customer: UUID) -> Customer:
        """A customer's state as the stream has it now."""

    def history(self, customer: UUID) -> list[CustomerEvent]:
        """A customer's whole stream, in its order."""

    def history_until(self, customer: UUID, moment: int) -> list[CustomerEvent]:
        """The events of a customer up to a moment (µs), in no order."""

    def newest(self, customer: UUID, since: int, until: int, limit: int | None) -> list[TimelineEvent]:
        """A customer's activity events and announcements from one moment (µs) on and before another, the newest by
        event time first; those of one moment in any order."""

    def activity(self) -> Iterator[list[ActivityRecorded]]:
        """The activity events of every customer, one customer after the other."""

    def positions(self) -> dict[int, int]:
        """The last position of every customers' partition."""

    def follow(self, after: Mapping[int, int], wanted: EventFilter) -> tuple[list[FollowedEvent], Mapping[int, int]]:
        """Some of what was committed after a position in each partition, and the positions up to which it was read."""

    def catalogue(self, after: int) -> tuple[int, list[Recorded[CatalogueEvent]]]:
        """The catalogue's events after a position, in order, and the position of the last; that one where none came."""

    def define(self, events: Sequence[Recorded[CatalogueEvent]]) -> None:
        """Append to the catalogue. Raises `AppendConflict` when another process was first."""

    def forget_rejections(self, reason: Reason | None, before: int | None) -> int:
        """Forget some of what is kept, the oldest first: of a reason, or received before a moment (µs), where one is
        given. Returns how many; 0 when none is left."""

    def let_rejections_go(self, now: int) -> int:
        """Forget some of what is kept beyond the bounds at `now` (µs), and count it. Returns how many; 0 when none is
        left."""

    def rejections(self, reason: Reason | None, after: int, limit: int | None) -> list[Rejection]:
        """What is kept, oldest first, from the one after number `after`."""
