"""The engine: what a backend embeds. Every door calls it and nothing deeper."""

from __future__ import annotations

import time as system_time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any
from uuid import UUID
from weakref import WeakSet

from ..application.ingest.admission import Event
from ..application.ingest.import_lines import ImportReport, Line, Problem, import_lines
from ..application.ingest.ingest import Result
from ..application.ingest.rejections import describe_rejection
from ..application.ports.vocabulary import SubmissionKind
from ..application.reading.answers import RejectionRow, TimelineEntry, TimeoutRow, WhatIf
from ..application.reading.operation_answers import ParkedRow, StoreStatus, Verification
from ..application.reading.subscription import Subscription
from ..application.reading.what_if import what_if
from ..application.running.progress import Progress, Stopping, never, silent
from ..application.settings.definition_input import read_definition
from ..domain.definition import Definition, Parameter
from ..domain.durations import Duration
from ..domain.errors import Reason
from ..domain.profile import Profile
from ..domain.sender import SERVER, Access, Sender
from ..projections.page_visits import PageRow, PageVisit, PageVisitsOf, TopPages
from ..projections.profiles import ProfileRow, ProfilesWith
from ..projections.read_model import Rows
from ..projections.session_summary import FiguresOver, SessionSummary
from ..projections.sessions import SessionCalled, SessionRow, SessionsIn
from ..projections.totals import Stats, Totals
from .arguments import (
    CustomerName,
    Moment,
    at_most,
    customer_named,
    duration_of,
    events_meant,
    identity_of,
    interval_of,
    moment_if_any,
    moment_of,
    reason_if_any,
    sessions_meant,
)
from .parts import CLOSED, Parts


def system_clock() -> int:
    """The present moment in µs since the epoch, UTC."""
    return system_time.time_ns() // 1_000


class Engine:
    """Events in, profiles and views out. Threads may share it, and processes that are forked after it was opened; use
    it in a `with` block or call `close`.

    `fresh` is an argument of every read of a view: with True the view first catches up with the log, with False it is
    read as it stands; left open, it catches up on SQLite only. The profile and the timeline are never stale.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._subscriptions: WeakSet[Subscription] = WeakSet()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the background jobs, end the subscriptions, and close the database connections.

        From then on every other call raises `EngineClosed`, as do calls of other threads that are under way.
        """
        parts, self._parts = self._parts, CLOSED
        if parts is CLOSED:
            return
        parts.scheduler.stop()
        for subscription in list(self._subscriptions):
            subscription.close()
        parts.close()

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
        return self._parts.ingest.submit_many(SubmissionKind.EVENT, [content], sender)[0]

    def track_many(self, events: Iterable[Mapping[str, Any] | Event], *, sender: Sender = SERVER) -> list[Result]:
        """Record events of the form `{"uuid", "action", "params", "time", "event_id"}` (the first two required).

        Answers `accepted`, `duplicate` or `rejected` for each, in order; every 500 are one transaction.
        """
        return self._parts.ingest.submit_many(SubmissionKind.EVENT, events, sender)

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
        return self._parts.ingest.submit_many(SubmissionKind.ATTRIBUTES, [content])[0]

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
        return self._parts.ingest.submit_many(SubmissionKind.ORDER, [content])[0]

    def import_lines(
        self, lines: Iterable[Line], tell: Callable[[Problem], None], progress: Progress = silent
    ) -> ImportReport:
        """Record the events of all lines, 500 to a transaction; `tell` hears of each line that was not taken."""
        return import_lines(self._parts.ingest, lines, tell, progress)

    # The catalogue and the session timeout

    def define(
        self,
        action: str,
        *,
        label: str | None = None,
        description: str | None = None,
        parameters: Mapping[str, Parameter | Mapping[str, Any]] | None = None,
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
        return dict(known.newest() if as_of is None else known.as_of(moment_of(as_of)))

    def set_session_timeout(self, timeout: Duration) -> None:
        """Set the timeout of sessions for activity that is taken in from now on; it is an event of the log.

        Raises `InvalidTimeout` unless it is longer than 0 and at most 365 days.
        """
        self._parts.session_timeout.set(duration_of(timeout))

    def session_timeouts(self) -> list[TimeoutRow]:
        """Every session timeout that was set, the oldest first."""
        return self._parts.session_timeout.history()

    # One customer, read from the stream itself

    def profile(self, customer: CustomerName, *, as_of: Moment | None = None) -> Profile:
        """The profile now; `as_of`: from the events up to that moment."""
        return self._parts.streams.profile(customer_named(customer), moment_if_any(as_of))

    def timeline(self, customer: CustomerName, *, limit: int | None = 50, raw: bool = False) -> list[TimelineEntry]:
        """The newest events with their labels; `raw` shows parameters that no definition names, too."""
        return self._parts.streams.timeline(customer_named(customer), at_most(limit), raw=raw)

    # The views

    def page_visits(
        self, customer: CustomerName, *, limit: int | None = None, fresh: bool | None = None
    ) -> list[PageVisit]:
        """The customer's page visits, the newest first."""
        return self._parts.views.ask(PageVisitsOf(customer_named(customer), at_most(limit)), fresh)

    def pages(self, *, limit: int | None = 20, fresh: bool | None = None) -> list[PageRow]:
        """The pages visited most."""
        return self._parts.views.ask(TopPages(at_most(limit)), fresh)

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

        `open_only`: those whose deadline has not passed.
        """
        meant = sessions_meant(customer, since, until, open_only)
        return self._parts.views.ask(SessionsIn(meant, self._parts.clock(), at_most(limit)), fresh)

    def session(self, session_id: UUID | str, *, fresh: bool | None = None) -> SessionRow | None:
        """The session that was once announced under this id, as it now is; None if there never was one.

        A late event may have joined it with others: then it has another id by now.
        """
        query = SessionCalled(identity_of(session_id, "a session"), self._parts.clock())
        # It may be unknown only because one view is ahead of another, as it is after the rebuild of one.
        return self._parts.views.ask(query, fresh) or self._parts.views.ask(query, True)

    def session_summary(
        self,
        customer: CustomerName | None = None,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        open_only: bool = False,
        fresh: bool | None = None,
    ) -> SessionSummary:
        """Bounce rate, durations, pages and hours of the sessions that `sessions` would list."""
        meant = sessions_meant(customer, since, until, open_only)
        return self._parts.views.ask(FiguresOver(meant, self._parts.clock()), fresh)

    def what_if(self, timeout: Duration, progress: Progress = silent) -> WhatIf:
        """Count the log's sessions as they are and as another timeout would have made them; writes nothing."""
        return what_if(self._parts.log, duration_of(timeout), progress)

    def profiles(
        self, attributes: Mapping[str, Any] | None = None, *, limit: int | None = 50, fresh: bool | None = None
    ) -> list[ProfileRow]:
        """Customers with these attributes, the last seen first."""
        return self._parts.views.ask(ProfilesWith(attributes or {}, at_most(limit)), fresh)

    def stats(self, *, fresh: bool | None = None) -> Stats:
        """Counts over the whole store."""
        return self._parts.views.ask(Totals(), fresh)

    def rows(
        self,
        view: str,
        *,
        customer: CustomerName | None = None,
        limit: int | None = 50,
        fresh: bool | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of any view as they are stored, by column, of one customer or of all, in no order that is promised.

        Raises `UnknownView`.
        """
        model, meant = self._parts.views.model(view), None if customer is None else customer_named(customer)
        return self._parts.views.ask(Rows(model, meant, at_most(limit)), fresh)

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
        off it ends where there are no more events yet. Raises `InvalidArgument` for a cursor not of this store.
        """
        meant = events_meant(actions, customer)
        subscription = Subscription(self._parts.log, self._parts.wakeup(), meant, after, follow=follow)
        self._subscriptions.add(subscription)
        return subscription

    # Operation

    def start(self, every: Duration = timedelta(seconds=1)) -> None:
        """Start the background jobs: sessions that time out are ended, and the views kept up to date, at an interval.

        Any number of processes may do so. The jobs run in threads that do not keep the host alive. A process that is
        forked has none: it starts its own.
        """
        self._parts.scheduler.start(interval_of(every))

    def stop(self) -> bool:
        """Stop the background jobs; what is begun is finished, or left off at a whole step, within 10 seconds. Tells
        whether it was."""
        return self._parts.scheduler.stop()

    def sweep(self) -> int:
        """End the sessions that have timed out by now, in this thread; returns how many."""
        return self._parts.sweep.sweep_all(self._parts.clock)

    def catch_up(self, progress: Progress = silent, stopping: Stopping = never, *, wait: bool = True) -> int:
        """Bring every view to the head of the log, or on until `stopping`; returns how many rows of it were folded.

        What other processes are folding is waited for, or with `wait` off left to them.
        """
        return self._parts.views.catch_up(progress, stopping, wait=wait)

    def rebuild(self, view: str | None = None, progress: Progress = silent, *, workers: int = 1) -> list[str]:
        """Fill a view (or all) anew from the log while the old rows are read; returns the names.

        On PostgreSQL several worker processes may share it. They import the host's main module, which must therefore
        keep what it runs under `if __name__ == "__main__":`. Raises `UnknownView`, `InvalidArgument` for workers that
        are of no use, and `WorkerEnded` when one is killed; the old rows then stay.
        """
        return self._parts.views.rebuild(view, progress, workers)

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""
        return self._parts.views.verify(progress)

    def status(self) -> StoreStatus:
        """The log's head, every projection's position and lag, the background jobs, and parked customers."""
        return self._parts.status.read()

    def rejected(self, reason: Reason | str | None = None, *, limit: int | None = 1_000) -> list[RejectionRow]:
        """What was refused, oldest first; kept whole until a `redrive` finds that it is refused no longer."""
        kept = self._parts.log.rejections(reason_if_any(reason), 0, at_most(limit))
        return [describe_rejection(one) for one in kept]

    def redrive(self, reason: Reason | str | None = None) -> list[Result]:
        """Hand rejections in again, as they came."""
        return self._parts.ingest.redrive(reason_if_any(reason))

    def redrive_parked(self) -> list[tuple[ParkedRow, bool]]:
        """Take up parked customers where their views stopped; tells for each whether it is healed."""
        return self._parts.views.redrive()

    # Several processes

    def check_workers(self, workers: int) -> None:
        """Raises `InvalidArgument` for a number of processes that the store cannot use."""
        self._parts.check_workers(workers)

    def partition_of(self, customer: CustomerName) -> int:
        """The partition of the log that holds a customer's stream. Processes that write to partitions of their own
        wait for no lock of each other."""
        return self._parts.log.partition_of(customer_named(customer))
