"""What is recorded of customers, and read from their streams: by an engine, and within a host's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from ..application.ingest.ingest import Ingest
from ..application.ingest.submissions import Event, HandedIn
from ..application.ports.vocabulary import TIMELINE_CURSORS, SubmissionKind
from ..application.reading.answers import TimelineEntry
from ..application.reading.stream_reads import StreamReads
from ..domain.profile import Profile
from ..domain.results import Result, raise_for_rejections
from ..domain.sender import SERVER, Sender
from .arguments import CustomerName, Moment, OnRejection, at_most, customer_named, moment_if_any, several
from .parts import CLOSED


class Tracking:
    """Events in, a customer's profile and timeline out: an engine, or what `Engine.within` gives.

    What an engine answered for is durable. Within a host's transaction it is part of it: seen by its own reads at once,
    durable and seen by everybody else when the host has committed.

    What a rule refused is answered with a result that says so, and is kept. With `on_rejection="raise"` (see
    `footfall.open`) every call that takes something in raises `Rejected` instead, once all else that it was given is
    taken: `Rejected.results` has the answers to all of it, in order.
    """

    def __init__(self, ingest: Ingest, streams: StreamReads, on_rejection: OnRejection = "return") -> None:
        self._ingest, self._streams, self._on_rejection = ingest, streams, on_rejection

    def _end(self) -> None:
        self._ingest, self._streams = cast(Ingest, CLOSED), cast(StreamReads, CLOSED)

    def track(
        self,
        customer: CustomerName,
        action: str,
        params: Mapping[str, Any] | None = None,
        *,
        time: Moment | None = None,
        event_id: UUID | None = None,
        sender: Sender = SERVER,
    ) -> Result:
        """Record one activity event. The result tells whether it was accepted."""
        content = {"uuid": customer, "action": action, "params": params or {}, "time": time, "event_id": event_id}
        return self._take(SubmissionKind.EVENT, [content], sender)[0]

    def track_many(self, events: Iterable[Mapping[str, Any] | Event], *, sender: Sender = SERVER) -> list[Result]:
        """Record events of the form `{"uuid", "action", "params", "time", "event_id"}` (the first two required).

        Answers `accepted`, `duplicate` or `rejected` for each, in order; an engine makes every 500 one transaction.
        """
        return self._take(SubmissionKind.EVENT, events, sender)

    def update(
        self,
        customer: CustomerName,
        attributes: Mapping[str, Any],
        *,
        time: Moment | None = None,
        event_id: UUID | None = None,
        sender: Sender = SERVER,
    ) -> Result:
        """Record attributes as they were at `time`; the latest wins, and None forgets one.

        A client may set those of its own customer, with a JWT only.
        """
        content = {"uuid": customer, "attributes": attributes, "time": time, "event_id": event_id}
        return self._take(SubmissionKind.ATTRIBUTES, [content], sender)[0]

    def update_many(self, updates: Iterable[Mapping[str, Any]], *, sender: Sender = SERVER) -> list[Result]:
        """Record attributes of the form `{"uuid", "attributes", "time", "event_id"}` (the first two required), as
        `track_many` records events."""
        return self._take(SubmissionKind.ATTRIBUTES, updates, sender)

    def charge(
        self,
        customer: CustomerName,
        order_id: str,
        items: Sequence[Mapping[str, Any]],
        *,
        revenue: float | Decimal | None = None,
        currency: str | None = None,
        params: Mapping[str, Any] | None = None,
        time: Moment | None = None,
        event_id: UUID | None = None,
        sender: Sender = SERVER,
    ) -> Result:
        """Record an order: one `transaction.charge` and a `product.buy` for each item (each with a `sku`).

        `params` are further ones of the charge. The same order again is a duplicate, in whatever order its items come;
        another order under the same `order_id` is a conflict, and so is the same one under another `event_id`. That is
        the id of the charge, by default one that follows from customer and `order_id`, as those of the items always do.
        """
        content = {
            "uuid": customer,
            "order_id": order_id,
            "items": items,
            "revenue": revenue,
            "currency": currency,
            "params": params,
            "time": time,
            "event_id": event_id,
        }
        return self._take(SubmissionKind.ORDER, [content], sender)[0]

    def charge_many(self, orders: Iterable[Mapping[str, Any]], *, sender: Sender = SERVER) -> list[Result]:
        """Record orders, as `track_many` records events, of the form
        `{"uuid", "order_id", "items", "revenue", "currency", "params", "time", "event_id"}` (the first three
        required)."""
        return self._take(SubmissionKind.ORDER, orders, sender)

    def take_in(self, handed_in: Iterable[HandedIn]) -> list[Result]:
        """Record events, attributes and orders together, each of its own sender: for a door that gathers what many hand
        in. The result for each, in order, as `track_many`, `update_many` and `charge_many` have it."""
        return self._told(self._ingest.submit_each(several(handed_in)))

    def _take(self, kind: SubmissionKind, contents: Iterable[Any], sender: Sender = SERVER) -> list[Result]:
        return self._told(self._ingest.submit_many(kind, several(contents), sender))

    def _told(self, results: list[Result]) -> list[Result]:
        if self._on_rejection == "raise":
            raise_for_rejections(results)
        return results

    def profile(self, customer: CustomerName, *, as_of: Moment | None = None) -> Profile:
        """The profile now; `as_of`: from the events whose own time is not after that moment, whenever they came in."""
        return self._streams.profile(customer_named(customer), moment_if_any(as_of))

    def timeline(
        self,
        customer: CustomerName,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        limit: int | None = 50,
        after: str | None = None,
        raw: bool = False,
    ) -> list[TimelineEntry]:
        """Events from `since` on and before `until`, the newest first, with their labels; `raw` shows parameters that
        no definition names, too. `after`: those behind the entry of this cursor."""
        return self._streams.timeline(
            customer_named(customer),
            at_most(limit),
            raw=raw,
            since=moment_if_any(since),
            until=moment_if_any(until),
            after=TIMELINE_CURSORS.place_if_any(after),
        )
