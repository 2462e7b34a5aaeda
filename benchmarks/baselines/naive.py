"""The baseline: the `eventsourcing` library as its documentation uses it, one event after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate
from psycopg.conninfo import conninfo_to_dict

from ..input.visits import Event


class Customer(Aggregate):
    """A customer that counts what it did."""

    class Registered(Aggregate.Created):
        """The first event of a stream."""

    class Tracked(Aggregate.Event):
        """The customer did something."""

        event_id: UUID
        action: str
        params: dict[str, Any]
        time: str

        def apply(self, aggregate: Aggregate) -> None:
            """Count it."""
            assert isinstance(aggregate, Customer)
            aggregate.counts[self.action] = aggregate.counts.get(self.action, 0) + 1

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}


class Customers(Application[UUID]):
    """Keeps events and nothing else: no sessions, no views, no check of what comes in."""

    def track(self, event: Event) -> None:
        """Get the aggregate, trigger an event, save."""
        customer = self.customer(UUID(event["uuid"]))
        self.trigger(customer, event)
        self.save(customer)

    def trigger(self, customer: Customer, event: Event) -> None:
        """Make an event of what was handed in."""
        event_id = UUID(event["event_id"])
        customer.trigger_event(
            Customer.Tracked, event_id=event_id, action=event["action"], params=event["params"], time=event["time"]
        )

    def customer(self, uuid: UUID) -> Customer:
        """The aggregate, or a new one."""
        try:
            return self.repository.get(uuid)
        except AggregateNotFoundError:
            return Customer._create(Customer.Registered, id=uuid)


@contextmanager
def open_naive(url: str) -> Iterator[Customers]:
    """The application on the library's own persistence module for a database."""
    application = Customers(env=environment(url))
    try:
        yield application
    finally:
        application.close()


def track_all(application: Customers, events: Iterable[Event]) -> list[float]:
    """Track events one by one; returns the seconds that each took."""
    latencies = []
    for event in events:
        began = perf_counter()
        application.track(event)
        latencies.append(perf_counter() - began)
    return latencies


def environment(url: str) -> dict[str, str]:
    """Where the library is to keep its events."""
    if url.startswith("sqlite"):
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": url.removeprefix("sqlite:///")}
    parts = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parts["dbname"]),
        "POSTGRES_HOST": str(parts.get("host", "")),
        "POSTGRES_PORT": str(parts.get("port", 5432)),
        "POSTGRES_USER": str(parts.get("user", "postgres")),
        "POSTGRES_PASSWORD": str(parts.get("password") or "none"),
    }
