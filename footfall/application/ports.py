"""What the use cases need from outside; the adapters are in `footfall.infrastructure`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from ..domain.customer import Customer
from ..domain.errors import FootfallError, Reason
from ..domain.events import ActivityRecorded, CatalogueEvent, CustomerEvent, Fact, Recorded, SessionAnnouncement
from ..domain.sender import Sender

Clock = Callable[[], int]
"""The present moment in µs since the epoch, UTC."""

NewId = Callable[[], UUID]


TimelineEvent = ActivityRecorded | SessionAnnouncement
"""What a timeline shows."""


UNREADABLE = (KeyError, msgspec.MsgspecError)
"""What is raised where an event of the log is of a kind or a shape that this program does not know."""


class AppendConflict(FootfallError):
    """Another writer was first, or an event id is stored already; nothing of the batch was written."""


class CatalogueChanged(FootfallError):
    """Somebody defined an action meanwhile; admit again."""


class StoreUnavailable(FootfallError):
    """The database could not be reached or gave up; whether the batch was written is not known."""


class StoreBusy(FootfallError):
    """Another process held the database for longer than Footfall waits; nothing was written."""


class StoreFull(FootfallError):
    """There is no room for what was to be written; nothing of it was."""


class Kind(StrEnum):
    """What a submission asks for."""

    EVENT = "event"
    ATTRIBUTES = "attributes"
    ORDER = "order"


class Rejection(NamedTuple):
    """An event that a rule refused, kept whole. `content` is JSON in ASCII, as it was sent."""

    rejection_id: UUID
    kind: Kind
    customer: UUID | None
    content: str
    sender: Sender
    received_at: int
    reason: Reason
    detail: str
    number: int = 0


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

    def history(self, customer: UUID) -> list[CustomerEvent]:
        """A customer's whole stream."""

    def stored(self, ids: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Fact]:
        """The facts already stored under (customer, event id)."""

    def append(
        self,
        events: Sequence[Recorded[CustomerEvent]],
        snapshots: Mapping[UUID, Customer],
        deadlines: Mapping[UUID, int],
    ) -> None:
        """Write events, snapshots, and for each customer in `deadlines` that a session may end after then (µs), where
        that is earlier than what is written. Raises `AppendConflict`."""

    def keep(self, rejections: Sequence[Rejection], released: Collection[UUID]) -> None:
        """Keep rejections, each once and with its newest reason, and forget those that were re-driven."""


class SweepTransaction(AppendTransaction, Protocol):
    """One transaction that ends sessions in a partition, and keeps other writers out of it."""

    def due(self, now: int, limit: int) -> list[UUID]:
        """Customers of whom a session may have ended before `now` (µs), those who wait longest first."""

    def look_again(self, deadlines: Mapping[UUID, int | None]) -> None:
        """When to look at customers again (µs); not before a new session at None."""


class Wanted(NamedTuple):
    """Which events a subscription delivers: of some actions, of a customer; None is all."""

    actions: frozenset[str] | None = None
    customer: UUID | None = None


class FollowedEvent(NamedTuple):
    """An event of the log with its place."""

    partition: int
    position: int
    customer: UUID
    event: TimelineEvent


class Bell(Protocol):
    """Rings when something may have been committed; it may ring for nothing, and a ring may be lost."""

    def wait(self, seconds: float) -> None:
        """Return when it rings, or after so many seconds."""

    def close(self) -> None:
        """Let go of what it holds; who waits returns before long."""


CATALOGUE_PARTITION = -1
"""The partition of the definitions' streams; its head tells a writer whether its catalogue is the newest."""


class Log(Protocol):
    """The event log: streams of customers in partitions, and the catalogue's in one of its own."""

    def partition_of(self, stream: UUID) -> int:
        """The partition that holds a customer's stream."""

    def transaction(self, customers: Collection[UUID]) -> AbstractContextManager[AppendTransaction]:
        """Begin an append; commits on leaving, rolls back on an exception."""

    def partitions_due(self, now: int) -> list[int]:
        """The partitions of customers of whom a session may have ended before `now` (µs)."""

    def sweep(self, partition: int) -> AbstractContextManager[SweepTransaction]:
        """Begin to end sessions in a partition; commits on leaving, rolls back on an exception."""

    def state(self, customer: UUID) -> Customer:
        """A customer's state as the stream has it now."""

    def history(self, customer: UUID) -> list[CustomerEvent]:
        """A customer's whole stream, in its order."""

    def timeline(self, customer: UUID, limit: int | None) -> list[TimelineEvent]:
        """A customer's activity events and announcements, the newest by event time first."""

    def activity(self) -> Iterator[list[ActivityRecorded]]:
        """The activity events of every customer, one customer after the other."""

    def positions(self) -> dict[int, int]:
        """The last position of every customers' partition."""

    def follow(self, after: Mapping[int, int], wanted: Wanted) -> tuple[list[FollowedEvent], Mapping[int, int]]:
        """Some of what was committed after a position in each partition, and the positions up to which it was read."""

    def catalogue(self) -> tuple[int, list[Recorded[CatalogueEvent]]]:
        """The catalogue's head position and its events in order."""

    def define(self, events: Sequence[Recorded[CatalogueEvent]]) -> None:
        """Append to the catalogue. Raises `AppendConflict` when another process was first."""

    def rejections(self, reason: Reason | None, after: int, limit: int | None) -> list[Rejection]:
        """What is kept, oldest first, from the one after number `after`."""
