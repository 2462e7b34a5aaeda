"""A host's own application, and what it makes of customers' events, in the words of the `eventsourcing` library."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
from eventsourcing.application import AggregateNotFoundError, Application, ProcessingEvent
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.projection import EventSourcedProjection, Projection

from footfall.eventsourcing import FootfallTrackingRecorder


class Coupon(Aggregate):
    """Something that a host sells."""

    @event("Issued")
    def __init__(self, customer: str) -> None:
        self.customer = customer
        self.redeemed = 0

    @event("Redeemed")
    def redeem(self) -> None:
        """Use it."""
        self.redeemed += 1


class Coupons(Application[UUID]):
    """Keeps coupons, with a snapshot of each at every second event."""

    snapshotting_intervals: ClassVar[dict[Any, int]] = {Coupon: 2}

    def issue(self, customer: str, redeemed: int = 0) -> UUID:
        """A new coupon, used so many times."""
        coupon = Coupon(customer)
        for _ in range(redeemed):
            coupon.redeem()
        self.save(coupon)
        return coupon.id


class Tally(Aggregate):
    """How many events of a customer were seen, and the version of the last."""

    def __init__(self, customer: UUID) -> None:
        self.customer, self.seen, self.last = customer, 0, 0

    @classmethod
    def create_id(cls, customer: UUID) -> UUID:
        """The same tally for the same customer."""
        return uuid5(NAMESPACE_URL, f"tally {customer}")

    @event("Counted")
    def count(self, version: int) -> None:
        """Count an event. Raises `ValueError` unless it is the one after the last."""
        if version != self.last + 1:
            raise ValueError(f"{version} after {self.last}")
        self.seen, self.last = self.seen + 1, version


class Tallies(EventSourcedProjection[UUID]):
    """A tally for each customer."""

    def policy(self, domain_event: Any, processing_event: ProcessingEvent[UUID]) -> None:
        """Count the event."""
        customer = domain_event.originator_id
        try:
            tally: Tally = self.repository.get(Tally.create_id(customer))
        except AggregateNotFoundError:
            tally = Tally(customer)
        tally.count(domain_event.originator_version)
        processing_event.collect_events(tally)

    def seen(self, customer: UUID) -> int:
        """How many events of a customer were counted."""
        tally: Tally = self.repository.get(Tally.create_id(customer))
        return tally.seen


class Seen(FootfallTrackingRecorder):
    """A view in a table of the host's own: every event that was seen, however often."""

    def __init__(self, events: Any) -> None:
        super().__init__(events)
        with self.transaction() as connection:
            connection.execute(sa.text("CREATE TABLE IF NOT EXISTS seen_by_host (customer TEXT, version BIGINT)"))

    def see(self, customer: UUID, version: int, tracking: Tracking) -> None:
        """Write an event down."""
        row = {"customer": str(customer), "version": version}
        with self.transaction(tracking) as connection:
            connection.execute(sa.text("INSERT INTO seen_by_host VALUES (:customer, :version)"), row)

    def all(self) -> list[tuple[str, int]]:
        """What was seen, in order."""
        with self.reading() as connection:
            rows = connection.execute(sa.text("SELECT customer, version FROM seen_by_host ORDER BY 1, 2"))
            return [(customer, version) for customer, version in rows]


class SeenEvents(Projection[Seen]):
    """Writes down every event of customers."""

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Write it down."""
        self.view.see(domain_event.originator_id, domain_event.originator_version, tracking)


class SeenEnds(SeenEvents):
    """Writes down ends of sessions only."""

    topics = ("session.end",)


class Remembered(POPOTrackingRecorder):
    """A view in memory, by the library's own module: every event that was seen, in the order in which it came."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, int]] = []


class RememberedEvents(Projection[Remembered]):
    """Remembers every event of customers."""

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Remember it."""
        self.view.seen.append((str(domain_event.originator_id), domain_event.originator_version))
        self.view.insert_tracking(tracking)


def environment(url: str) -> dict[str, str]:
    """What a host says of its store."""
    return {"PERSISTENCE_MODULE": "footfall.eventsourcing", "FOOTFALL_DATABASE": url, "FOOTFALL_PARTITIONS": "4"}
