"""The engine: what a backend embeds."""

from __future__ import annotations

import time as system_time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from weakref import WeakSet

from .application.answers import PageRow, PageVisit, ProfileRow, RejectionRow, Stats, TimelineEntry
from .application.arguments import (
    CustomerName,
    Duration,
    Moment,
    at_most,
    customer_named,
    duration_of,
    identity_of,
    moment_of,
    reason_named,
)
from .application.definition_input import read_definition
from .application.ingest import Ingest, Result
from .application.operation_answers import ParkedRow, StoreStatus, Verification
from .application.ports import Clock, Kind, NewId, Progress, Wanted, silent
from .application.rejecting import describe_rejection
from .application.session_answers import Selection, SessionRow, SessionSummary, WhatIf
from .application.submissions import Event
from .application.subscription import Subscription
from .application.what_if import what_if
from .domain.definition import Definition, Parameter
from .domain.errors import Reason
from .domain.moments import SECOND
from .domain.profile import Profile
from .domain.sender import SERVER, Access, Sender

if TYPE_CHECKING:
    from .infrastructure.wiring import Parts


def system_clock() -> int:
    """The present moment in µs since the epoch, UTC."""
    return system_time.time_ns() // 1_000


def open(  # noqa: A001  # it is read as footfall.open
    database: str | None = None,
    *,
    session_timeout: timedelta | None = None,
    partitions: int | None = None,
    clock: Clock = system_clock,
    new_id: NewId = uuid4,
) -> Engine:
    """Open a store, creating it where there is none, and return its engine.

    `database` is `sqlite:///file.db` or `postgresql://user@host/name`; without it, `FOOTFALL_DATABASE`, else
    `sqlite:///footfall.db`. `session_timeout` and `partitions` count only when the store is created; the former is
    changed with `Engine.set_session_timeout`. `clock`
    (µs since the epoch) and `new_id` may be injected. Raises `FootfallError` when the store cannot be used.
    """
    # Drivers are loaded here and not before: importing the package must cost a host nothing.
    from .infrastructure.settings import read_settings
    from .infrastructure.wiring import assemble

    settings = read_settings(database=database, session_timeout=session_timeout, partitions=partitions)
    return Engine(assemble(settings, clock, new_id))


class Engine:
    """Events in, profiles and views out. Threads may share it; use it in a `with` block or call `close`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ingest: Ingest = parts.ingest
        self._definitions, self._streams, self._views = parts.definitions, parts.streams, parts.views
        self._subscriptions: WeakSet[Subscription] = WeakSet()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the background jobs, end the subscriptions, and close the database connections."""
        self.stop()
        for subscription in list(self._subscriptions):
            subscription.close()
        self._parts.database.close()

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
        return self._ingest.submit_many(Kind.EVENT, [content], sender)[0]

    def track_many(self, events: Iterable[Mapping[str, Any] | Event], *, sender: Sender = SERVER) -> list[Result]:
        """Record events of the form `{"uuid", "action", "params", "time", "event_id"}` (the first two required).

        Answers `accepted`, `duplicate` or `rejected` for each, in order; every 500 are one transaction.
        """
        return self._ingest.submit_many(Kind.EVENT, events, sender)

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
        return self._ingest.submit_many(Kind.ATTRIBUTES, [content])[0]

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
        return self._ingest.submit_many(Kind.ORDER, [content])[0]

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
        return self._definitions.define(wanted)

    def undefine(self, action: str) -> None:
        """Take a definition out of the catalogue. Raises `InvalidDefinition` for a built-in one."""
        self._definitions.remove(action)

    def definitions(self, *, as_of: Moment | None = None) -> dict[str, Definition]:
        """All definitions by action, now or as they stood at a moment."""
        return dict(self._definitions.refresh() if as_of is None else self._definitions.as_of(moment_of(as_of)))

    def set_session_timeout(self, timeout: Duration) -> None:
        """Set the timeout of sessions for activity that is taken in from now on; it is an event of the log.

        Raises `InvalidTimeout` unless it is longer than 0 and at most 365 days.
        """
        self._definitions.set_timeout(duration_of(timeout))

    def what_if(self, timeout: Duration, progress: Progress = silent) -> WhatIf:
        """Count the log's sessions as they are and as another timeout would have made them; writes nothing."""
        return what_if(self._parts.log, duration_of(timeout), progress)

    # One customer

    def profile(self, customer: CustomerName, *, as_of: Moment | None = None) -> Profile:
        """The profile, read from the stream itself; `as_of`: from the events up to that moment."""
        return self._streams.profile(customer_named(customer), None if as_of is None else moment_of(as_of))

    def timeline(self, customer: CustomerName, *, limit: int | None = 50, raw: bool = False) -> list[TimelineEntry]:
        """The newest events with their labels; `raw` shows parameters that no definition names, too."""
        return self._streams.timeline(customer_named(customer), at_most(limit), raw=raw)

    def page_visits(
        self, customer: CustomerName, *, limit: int | None = None, fresh: bool | None = None
    ) -> list[PageVisit]:
        """The customer's page visits, the newest first. `fresh`: see `catch_up`."""
        return self._views.page_visits(customer_named(customer), at_most(limit), fresh)

    # Sessions

    def sessions(
        self,
        customer: CustomerName | None = None,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        open_only: bool = False,
        limit: int | None = None,
        fresh: bool | None = None,
    ) -> list[SessionRow]:
        """Sessions, of one customer or of all, that began from `since` on and before `until`, the newest first.

        `open_only`: those whose deadline has not passed. `fresh`: see `catch_up`.
        """
        return self._views.sessions(_selection(customer, since, until, open_only), at_most(limit), fresh)

    def session(self, session_id: UUID | str, *, fresh: bool | None = None) -> SessionRow | None:
        """The session that was once announced under this id, as it now is; None if there never was one.

        A late event may have joined it with others: then it has another id by now. `fresh`: see `catch_up`.
        """
        return self._views.session(identity_of(session_id, "a session"), fresh)

    def session_summary(
        self,
        customer: CustomerName | None = None,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        fresh: bool | None = None,
    ) -> SessionSummary:
        """Bounce rate, durations, pages and hours of the sessions that `sessions` would list."""
        return self._views.session_summary(_selection(customer, since, until), fresh)

    # All customers

    def profiles(
        self, attributes: Mapping[str, Any] | None = None, *, limit: int | None = 50, fresh: bool | None = None
    ) -> list[ProfileRow]:
        """Customers with these attributes, the last seen first. `fresh`: see `catch_up`."""
        return self._views.profiles(attributes or {}, at_most(limit), fresh)

    def pages(self, *, limit: int | None = 20, fresh: bool | None = None) -> list[PageRow]:
        """The pages visited most. `fresh`: see `catch_up`."""
        return self._views.pages(at_most(limit), fresh)

    def stats(self, *, fresh: bool | None = None) -> Stats:
        """Counts over the whole store. `fresh`: see `catch_up`."""
        return self._views.stats(fresh)

    # Listening

    def subscribe(
        self,
        actions: Iterable[str] | None = None,
        *,
        customer: CustomerName | None = None,
        after: str | None = None,
        follow: bool = True,
    ) -> Subscription:
        """Activity events as any process commits them: at least once, in order for each customer.

        Iterate over it. Each event has a `cursor`: store it once the event is dealt with, and subscribe `after` it to
        go on there. Without `after` it begins now, with `after="start"` at the first event of the log. With `follow`
        off it ends where there are no more events yet. Raises `InvalidArgument` for a cursor of another store.
        """
        wanted = Wanted(
            None if actions is None else frozenset(actions), None if customer is None else customer_named(customer)
        )
        subscription = Subscription(self._parts.log, self._parts.bell(), wanted, after, follow=follow)
        self._subscriptions.add(subscription)
        return subscription

    # Operation

    def start(self, every: Duration = timedelta(seconds=1)) -> None:
        """Start the background jobs: sessions that time out are ended, and the views kept up to date, at an interval.

        Any number of processes may do so. The jobs run in threads that do not keep the host alive.
        """
        self._parts.scheduler.start(duration_of(every) / SECOND)

    def stop(self) -> None:
        """Stop the background jobs; what is begun is finished, or left off at a whole step, within 10 seconds."""
        self._parts.scheduler.stop()

    def sweep(self) -> int:
        """End the sessions that have timed out by now, in this thread; returns how many."""
        return self._parts.sweep.sweep_all(self._parts.clock)

    def catch_up(self, progress: Progress = silent) -> int:
        """Bring every view to the head of the log; returns how many rows of the log were folded.

        Reads of views do this first on SQLite unless `fresh=False`; on PostgreSQL only with `fresh=True`.
        """
        return self._views.catch_up(progress)

    def rebuild(self, view: str | None = None, progress: Progress = silent) -> list[str]:
        """Fill a view (or all) anew from the log while the old rows are read; returns the names."""
        return self._views.rebuild(view, progress)

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""
        return self._views.verify(progress)

    def status(self) -> StoreStatus:
        """The log's head, every projection's position and lag, the background jobs, and parked customers."""
        return self._parts.status.read()

    def rejected(self, reason: Reason | str | None = None, *, limit: int | None = 1_000) -> list[RejectionRow]:
        """What was refused, oldest first; kept whole until a `redrive` finds that it is refused no longer."""
        kept = self._parts.log.rejections(None if reason is None else reason_named(reason), 0, at_most(limit))
        return [describe_rejection(one) for one in kept]

    def redrive(self, reason: Reason | str | None = None) -> list[Result]:
        """Hand rejections in again, as they came."""
        return self._ingest.redrive(None if reason is None else reason_named(reason))

    def redrive_parked(self) -> list[tuple[ParkedRow, bool]]:
        """Take up parked customers where their views stopped; tells for each whether it is healed."""
        return self._views.redrive()


def _selection(
    customer: CustomerName | None, since: Moment | None, until: Moment | None, open_only: bool = False
) -> Selection:
    return Selection(
        None if customer is None else customer_named(customer),
        None if since is None else moment_of(since),
        None if until is None else moment_of(until),
        open_only,
    )
