"""An engine's worth of use cases on a log in memory; two desks on one log are two processes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import UUID

from footfall.application.ingest.ingest import Ingest
from footfall.application.ingest.state_cache import StateCache
from footfall.application.ports.vocabulary import SubmissionKind
from footfall.application.reading.stream_reads import StreamReads
from footfall.application.settings.definition_input import read_definition
from footfall.application.settings.definitions import Definitions
from footfall.application.settings.known_settings import KnownSettings
from footfall.application.settings.session_timeout import SessionTimeout
from footfall.application.sweep import Sweep
from footfall.domain.events import ActivityRecorded
from footfall.domain.moments import iso
from footfall.domain.results import Result
from footfall.domain.sender import SERVER, Sender
from tests.application.watched_log import WatchedLog
from tests.builders import CUSTOMER, NOON, URL, uid


class Desk:
    """`now` is what its clock shows; new ids are counted up from `ids_from`."""

    def __init__(self, log: WatchedLog | None = None, *, now: int = NOON, ids_from: int = 10**6) -> None:
        self.log = log or WatchedLog()
        self.now = now
        self._ids = count(ids_from)
        self.settings = KnownSettings(self.log)
        self.settings.refresh()
        self.definitions = Definitions(self.settings, self.clock)
        self.session_timeout = SessionTimeout(self.settings, self.clock)
        states = StateCache(self.log)
        self.ingest = Ingest(self.log, states, self.settings, self.clock, self.new_id)
        self.sweep = Sweep(self.log, states)
        self.queries = StreamReads(self.log, self.definitions, self.clock)

    def clock(self) -> int:
        return self.now

    def new_id(self) -> UUID:
        return uid(next(self._ids))

    def send(self, *events: Any, sender: Sender = SERVER) -> list[Result]:
        return self.ingest.submit_many(SubmissionKind.EVENT, events, sender)

    def update(self, *updates: Any) -> list[Result]:
        return self.ingest.submit_many(SubmissionKind.ATTRIBUTES, updates)

    def charge(self, *orders: Any) -> list[Result]:
        return self.ingest.submit_many(SubmissionKind.ORDER, orders)

    def define(self, action: str, **fields: Any) -> None:
        self.definitions.define(read_definition(action=action, **fields))

    def stored(self, customer: UUID = CUSTOMER) -> list[UUID]:
        """The ids of the activity events of a customer, in stream order."""
        return [event.event_id for event in self.log.history(customer) if isinstance(event, ActivityRecorded)]


def visit(number: int | None = None, **fields: Any) -> dict[str, Any]:
    """A page visit as a sender writes it."""
    event: dict[str, Any] = {"uuid": str(CUSTOMER), "action": "page.visit", "params": {"url": URL}}
    return event | ({} if number is None else {"event_id": str(uid(number))}) | fields


def at(number: int, offset: int, **fields: Any) -> dict[str, Any]:
    """A page visit so many µs after noon."""
    return visit(number, time=iso(NOON + offset), **fields)


def update(number: int | None = None, **fields: Any) -> dict[str, Any]:
    """Attributes as a backend writes them."""
    content: dict[str, Any] = {"uuid": str(CUSTOMER), "attributes": {"city": "Brno"}}
    return content | ({} if number is None else {"event_id": str(uid(number))}) | fields


def order(order_id: str = "o-1", *skus: str, **fields: Any) -> Mapping[str, Any]:
    """An order as the transactions call takes it; one line for each sku."""
    items = [{"sku": sku} for sku in skus or ("shirt", "socks")]
    return {"uuid": str(CUSTOMER), "order_id": order_id, "items": items, **fields}
