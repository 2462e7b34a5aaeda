"""The `Log` port in memory: what the adapters promise, without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

from footfall.application.ports.errors import AppendConflict
from footfall.application.ports.following import EventFilter, FollowedEvent
from footfall.application.ports.log import CATALOGUE_PARTITION
from footfall.application.ports.vocabulary import Rejection, TimelineEvent
from footfall.domain.customer import INITIAL, Customer
from footfall.domain.errors import FootfallError, Reason
from footfall.domain.events import ActivityRecorded, CatalogueEvent, CustomerEvent, Fact, Recorded, SessionAnnouncement
from footfall.domain.history import advance

PARTITIONS = 2


class InMemoryLog:
    """Streams, snapshots, the catalogue and rejections. It also tells what was asked of it, and can break down."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[CustomerEvent]] = {}
        self.snapshots: dict[UUID, Customer] = {}
        self.definitions: list[Recorded[CatalogueEvent]] = []
        self.kept: list[Rejection] = []
        self.deadlines: dict[UUID, int] = {}
        self.swept: list[int] = []
        self.heads: Counter[int] = Counter()
        self.position = 0
        self.transactions = 0
        self.recalled: list[UUID] = []
        self.broken_before_commit: list[FootfallError] = []
        self.broken_after_commit: list[FootfallError] = []
        self._numbers = 0

    def partition_of(self, stream: UUID) -> int:
        return stream.int % PARTITIONS

    @contextmanager
    def transaction(self, customers: Collection[UUID]) -> Iterator[InMemoryTransaction]:
        with self._commit(InMemoryTransaction(self, {self.partition_of(customer) for customer in customers})) as begun:
            yield begun

    def overdue_partitions(self, now: int) -> list[int]:
        return sorted({self.partition_of(customer) for customer, due in self.deadlines.items() if due < now})

    @contextmanager
    def sweep(self, partition: int) -> Iterator[InMemoryTransaction]:
        self.swept.append(partition)
        with self._commit(InMemoryTransaction(self, {partition})) as begun:
            yield begun

    @contextmanager
    def _commit(self, transaction: InMemoryTransaction) -> Iterator[InMemoryTransaction]:
        self.transactions += 1
        yield transaction
        if self.broken_before_commit:
            raise self.broken_before_commit.pop()
        transaction.commit()
        if self.broken_after_commit:
            raise self.broken_after_commit.pop()

    def state(self, customer: UUID) -> Customer:
        before = self.snapshots.get(customer, INITIAL)
        return advance(before, self.streams.get(customer, [])[before.version :])

    def history(self, customer: UUID) -> list[CustomerEvent]:
        return [*self.streams.get(customer, [])]

    def timeline(self, customer: UUID, limit: int | None) -> list[TimelineEvent]:
        stream = enumerate(self.streams.get(customer, []))
        shown = [(event.time, at, event) for at, event in stream if isinstance(event, TimelineEvent)]
        return [event for _, _, event in sorted(shown, key=lambda one: one[:2], reverse=True)][:limit]

    def activity(self) -> Iterator[list[ActivityRecorded]]:
        for stream in self.streams.values():
            yield [event for event in stream if isinstance(event, ActivityRecorded)]

    def positions(self) -> dict[int, int]:
        return {partition: self.heads[partition] for partition in range(PARTITIONS)}

    def follow(self, after: Mapping[int, int], wanted: EventFilter) -> tuple[list[FollowedEvent], Mapping[int, int]]:
        raise NotImplementedError("subscriptions are tested on real databases")

    def catalogue(self) -> tuple[int, list[Recorded[CatalogueEvent]]]:
        return self.heads[CATALOGUE_PARTITION], [*self.definitions]

    def define(self, events: Sequence[Recorded[CatalogueEvent]]) -> None:
        taken = {(known.originator_id, known.originator_version) for known in self.definitions}
        if taken.intersection((new.originator_id, new.originator_version) for new in events):
            raise AppendConflict("another process defined this action meanwhile")
        self.definitions += events
        self.heads[CATALOGUE_PARTITION] += len(events)

    def rejections(self, reason: Reason | None, after: int, limit: int | None) -> list[Rejection]:
        wanted = [one for one in self.kept if one.number > after and reason in (None, one.reason)]
        return wanted[:limit]

    def write(self, events: Sequence[Recorded[CustomerEvent]], snapshots: Mapping[UUID, Customer]) -> None:
        for recorded in events:
            self.streams.setdefault(recorded.originator_id, []).append(recorded.event)
            self.heads[self.partition_of(recorded.originator_id)] = self.position = self.position + 1
        self.snapshots.update(snapshots)

    def settle(self, refused: Sequence[Rejection], released: Collection[UUID]) -> None:
        for one in refused:
            places = [place for place, known in enumerate(self.kept) if known.rejection_id == one.rejection_id]
            if places:
                self.kept[places[0]] = self.kept[places[0]]._replace(reason=one.reason, detail=one.detail)
            else:
                self._numbers += 1
                self.kept.append(one._replace(number=self._numbers))
        self.kept = [one for one in self.kept if one.rejection_id not in released]


class InMemoryTransaction:
    """Checks at once, as a database does, and writes when it is committed."""

    def __init__(self, log: InMemoryLog, partitions: Collection[int]) -> None:
        self._log = log
        self.heads: Mapping[int, int] = {one: log.heads[one] for one in (CATALOGUE_PARTITION, *partitions)}
        self.reached = log.position
        self._events: Sequence[Recorded[CustomerEvent]] = ()
        self._snapshots: Mapping[UUID, Customer] = {}
        self._refused: Sequence[Rejection] = ()
        self._released: Collection[UUID] = ()
        self._partitions = partitions
        self._deadlines: dict[UUID, int | None] = {}

    def overdue(self, now: int, limit: int) -> list[UUID]:
        own = {who: due for who, due in self._log.deadlines.items() if self._log.partition_of(who) in self._partitions}
        return sorted((who for who, due in own.items() if due < now), key=own.__getitem__)[:limit]

    def postpone(self, deadlines: Mapping[UUID, int | None]) -> None:
        self._deadlines.update(deadlines)

    def states(self, customers: Collection[UUID]) -> dict[UUID, Customer]:
        return {one: self._log.state(one) for one in customers if one in self._log.streams}

    def history(self, customer: UUID) -> list[CustomerEvent]:
        self._log.recalled.append(customer)
        return self._log.history(customer)

    def stored(self, ids: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Fact]:
        streams = {customer: self._log.history(customer) for customer, _ in ids}
        found = {
            (customer, event.event_id): event
            for customer, stream in streams.items()
            for event in stream
            if not isinstance(event, SessionAnnouncement)
        }
        return {key: found[key] for key in ids if key in found}

    def append(
        self,
        events: Sequence[Recorded[CustomerEvent]],
        snapshots: Mapping[UUID, Customer],
        deadlines: Mapping[UUID, int],
    ) -> None:
        taken = {_identity(customer, one) for customer, stream in self._log.streams.items() for one in stream}
        versions = Counter({customer: len(stream) for customer, stream in self._log.streams.items()})
        for recorded in events:
            customer, version, event = recorded.originator_id, recorded.originator_version, recorded.event
            if version <= versions[customer] or _identity(customer, event) in taken:
                raise AppendConflict(f"{customer}: version {version} or event {event.event_id} is taken")
            assert version == versions[customer] + 1, "a stream has no gaps"
            taken.add(_identity(customer, event))
            versions[customer] += 1
        self._events, self._snapshots = events, snapshots
        self.reached = self._log.position + len(events)
        known = self._log.deadlines
        self._deadlines |= {who: min(due, known.get(who, due)) for who, due in deadlines.items()}

    def keep(self, rejections: Sequence[Rejection], released: Collection[UUID]) -> None:
        self._refused, self._released = rejections, released

    def commit(self) -> None:
        self._log.write(self._events, self._snapshots)
        self._log.settle(self._refused, self._released)
        for customer, deadline in self._deadlines.items():
            self._log.deadlines.pop(customer, None)
            if deadline is not None:
                self._log.deadlines[customer] = deadline


def _identity(customer: UUID, event: CustomerEvent) -> tuple[UUID, UUID, bool]:
    # Facts and announcements have unique ids each among themselves.
    return customer, event.event_id, isinstance(event, SessionAnnouncement)
