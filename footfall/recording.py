"""The engine's calls that record: what customers did, what may be sent, when a session times out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .application.arguments import CustomerName, Duration, Moment, duration_of, moment_of
from .application.definition_input import read_definition
from .application.ingest import Result
from .application.ports import Kind
from .application.submissions import Event
from .domain.definition import Definition, Parameter
from .domain.sender import SERVER, Access, Sender

if TYPE_CHECKING:
    from .infrastructure.wiring import Parts


class Recording:
    """What a backend hands in and sets."""

    _parts: Parts

    # What customers did

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
        """Record one activity event; it is durable when this returns. The result tells whether it was accepted."""
        content = {"uuid": customer, "action": action, "params": params or {}, "time": time, "event_id": event_id}
        return self._parts.ingest.submit_many(Kind.EVENT, [content], sender)[0]

    def track_many(self, events: Iterable[Mapping[str, Any] | Event], *, sender: Sender = SERVER) -> list[Result]:
        """Record events of the form `{"uuid", "action", "params", "time", "event_id"}` (the first two required).

        Answers `accepted`, `duplicate` or `rejected` for each, in order; every 500 are one transaction.
        """
        return self._parts.ingest.submit_many(Kind.EVENT, events, sender)

    def update(
        self,
        customer: CustomerName,
        attributes: Mapping[str, Any],
        *,
        time: Moment | None = None,
        event_id: UUID | None = None,
    ) -> Result:
        """Record attributes as they were at `time`; the latest wins, and None forgets one."""
        content = {"uuid": customer, "attributes": attributes, "time": time, "event_id": event_id}
        return self._parts.ingest.submit_many(Kind.ATTRIBUTES, [content])[0]

    def charge(
        self,
        customer: CustomerName,
        order_id: str,
        items: Sequence[Mapping[str, Any]],
        *,
        time: Moment | None = None,
        **charge: Any,
    ) -> Result:
        """Record an order: one `transaction.charge` and a `product.buy` for each item (each with a `sku`).

        Further keywords (`revenue`, `currency`, …) become params of the charge. The same order again is a
        duplicate, in whatever order its items come; another order under the same id is a conflict.
        """
        content = {"uuid": customer, "order_id": order_id, "items": items, "charge": charge, "time": time}
        return self._parts.ingest.submit_many(Kind.ORDER, [content])[0]

    # The catalogue

    def define(
        self,
        action: str,
        *,
        label: str | None = None,
        description: str | None = None,
        parameters: Mapping[str, Parameter] | None = None,
        access: Access | None = None,
        session_activity: bool | None = None,
    ) -> Definition:
        """Define an action, or change what is given of one that is defined.

        Raises `InvalidDefinition`, and `Rejected` (`invalid_action`) for a malformed name.
        """
        wanted = read_definition(
            action=action,
            label=label,
            description=description,
            parameters=parameters,
            access=access,
            session_activity=session_activity,
        )
        return self._parts.definitions.define(wanted)

    def undefine(self, action: str) -> None:
        """Take a definition out of the catalogue. Raises `InvalidDefinition` for a built-in one."""
        self._parts.definitions.remove(action)

    def definitions(self, *, as_of: Moment | None = None) -> dict[str, Definition]:
        """All definitions by action, now or as they stood at a moment."""
        known = self._parts.definitions
        return dict(known.refresh() if as_of is None else known.as_of(moment_of(as_of)))

    def set_session_timeout(self, timeout: Duration) -> None:
        """Set the timeout of sessions for activity that is taken in from now on; it is an event of the log.

        Raises `InvalidTimeout` unless it is longer than 0 and at most 365 days.
        """
        self._parts.definitions.set_timeout(duration_of(timeout))
