"""The engine: what a backend embeds. Every door calls it and nothing deeper."""

from __future__ import annotations

import time as system_time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any
from uuid import UUID
from weakref import WeakSet

from ..application.ingest.import_lines import ImportReport, Line, Problem, import_lines
from ..application.ports.errors import EngineClosed
from ..application.ports.following import EventFilter
from ..application.ports.vocabulary import REJECTION_CURSORS
from ..application.reading.answers import RejectionRow, TimeoutRow, WhatIf
from ..application.reading.metrics import Metrics
from ..application.reading.operation_answers import ParkedRow, StoreStatus, Verification
from ..application.reading.subscription import LogReading, Subscription
from ..application.reading.what_if import what_if
from ..application.running.progress import Progress, Stopping, never, silent
from ..application.settings.definition_input import read_definition
from ..domain.definition import Definition, Parameter
from ..domain.durations import Duration
from ..domain.errors import FootfallError, Reason
from ..domain.results import Result
from ..domain.sender import Access
from ..projections.page_visits import VISIT_CURSORS, PageRow, PageVisit, PageVisitsOf, TopPages
from ..projections.profiles import PROFILE_CURSORS, ProfileRow, ProfilesWith
from ..projections.read_model import Rows
from ..projections.session_summary import FiguresOver, SessionSummary
from ..projections.sessions import SESSION_CURSORS, SessionCalled, SessionRow, SessionsIn
from ..projections.totals import Stats, Totals
from .admitting import Admitting
from .arguments import (
    EVENTS_A_COMMIT,
    CustomerName,
    Moment,
    OnRejection,
    at_most,
    customer_named,
    duration_of,
    events_meant,
    identity_of,
    interval_of,
    moment_if_any,
    moment_of,
    profiles_meant,
    reason_if_any,
    sessions_meant,
)
from .parts import CLOSED, Parts
from .tracking import Tracking


def system_clock() -> int:
    """The present moment in µs since the epoch, UTC."""
    return system_time.time_ns() // 1_000


class Engine(Tracking, Admitting):
    """Events in, profiles and views out. Threads may share it, and processes that are forked after it was opened; use
    it in a `with` block or call `close`.

    `track`, `track_many`, `update`, `charge`, `profile` and `timeline` are those of `Tracking`; what is about keys, and
    issuers of JWTs, is of `Admitting`.

    `fresh` is an argument of every read of a view: with True the view first catches up with the log, with False it is
    read as it stands; left open, it catches up on SQLite only. The profile and the timeline are never stale.
    """

    def __init__(self, parts: Parts, on_rejection: OnRejection = "return") -> None:
        super().__init__(parts.ingest, parts.streams, on_rejection)
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
        self._end()
        parts.scheduler.stop()
        for subscription in list(self._subscriptions):
            subscription.close()
        parts.close()

    # What customers did, beside what `Tracking` takes

    @contextmanager
    def within(self, connection: Any) -> Iterator[Tracking]:
        """Record events in the host's own transaction: they stand or fall with the host's rows.

        `connection` is a SQLAlchemy `Connection` or `Session`, a connection of psycopg 3 or sqlite3, or Django's
        `connection`, to the database of the store. The transaction is begun where the library would begin it by
        itself. The block neither commits nor rolls back; an exception undoes all that was done on the connection in
        the block, and the host may go on. Other writers wait for the host's commit: do it last, and commit soon.

        Raises `InvalidArgument` for a connection that cannot be used; `StoreBusy` where the whole transaction must be
        rolled back and done again.
        """
        with self._parts.within(connection) as (ingest, streams):
            yield Tracking(ingest, streams, self._on_rejection)

    def import_lines(
        self,
        lines: Iterable[Line],
        tell: Callable[[Problem], None],
        progress: Progress = silent,
        *,
        at_once: int = EVENTS_A_COMMIT,
    ) -> ImportReport:
        """Record the events of all lines, of so many lines at most in a transaction; `tell` hears of each line that was
        not taken."""
        return import_lines(self._parts.ingest, lines, tell, progress, at_once=at_once)

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
        bots_in_sessions: bool | None = None,
    ) -> Definition:
        """Define an action, or change what is given of one that is defined.

        Events with a parameter `bot` that is true are no session activity, unless `bots_in_sessions`.

        Raises `InvalidDefinition`, and `Rejected` (`invalid_action`) for a malformed name.
        """
        wanted = read_definition(
            action=action,
            label=label,
            description=description,
            parameters=parameters,
            access=access,
            session_activity=session_activity,
            bots_in_sessions=bots_in_sessions,
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

    # The views

    def page_visits(
        self,
        customer: CustomerName,
        *,
        limit: int | None = None,
        after: str | None = None,
        fresh: bool | None = None,
    ) -> list[PageVisit]:
        """The customer's page visits, the newest first; `after`: those behind the row of this cursor."""
        query = PageVisitsOf(customer_named(customer), at_most(limit), VISIT_CURSORS.place_if_any(after))
        return self._parts.views.ask(query, fresh)

    def pages(self, *, limit: int | None = 20, customers: bool = False, fresh: bool | None = None) -> list[PageRow]:
        """The pages visited most. How many `customers` visited each is counted where it is asked for (else None), for
        that takes a look at all visits: everything else is tallied."""
        return self._parts.views.ask(TopPages(at_most(limit), customers), fresh)

    def sessions(
        self,
        customer: CustomerName | None = None,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        open_only: bool = False,
        limit: int | None = None,
        after: str | None = None,
        fresh: bool | None = None,
    ) -> list[SessionRow]:
        """Sessions, of one customer or of all, that began from `since` on and before `until`, the newest first.

        `open_only`: those whose deadline has not passed. `after`: those behind the row of this cursor.
        """
        meant = sessions_meant(customer, since, until, open_only)
        query = SessionsIn(meant, self._parts.clock(), at_most(limit), SESSION_CURSORS.place_if_any(after))
        return self._parts.views.ask(query, fresh)

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
        self,
        attributes: Mapping[str, Any] | None = None,
        *,
        counts: Mapping[str, Any] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        limit: int | None = 50,
        after: str | None = None,
        fresh: bool | None = None,
    ) -> list[ProfileRow]:
        """Customers, the last seen first: with these attributes, who did actions so often (`counts`), last seen from
        `since` on and before `until`.

        An attribute is a value, or a condition: `AtLeast`, `Above`, `AtMost`, `Below`, `Between`, `OneOf`, `AllOf`,
        `Present`, `Absent`. A count is a number, or a condition on one; it is 0 of what was never done. `after`: those
        behind the row of this cursor; who was seen meanwhile is met all the same, once.
        """
        meant = profiles_meant(attributes, counts, since, until)
        return self._parts.views.ask(ProfilesWith(meant, at_most(limit), PROFILE_CURSORS.place_if_any(after)), fresh)

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
        reading = self._reading(events_meant(actions, customer), after)
        subscription = Subscription(reading, self._parts.wakeup(), follow=follow)
        self._subscriptions.add(subscription)
        return subscription

    def _reading(self, meant: EventFilter, after: str | None) -> LogReading:
        return LogReading(self._parts.log, meant, after)

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

    def rebuild(
        self, view: str | None = None, progress: Progress = silent, *, workers: int = 1, fork: bool = False
    ) -> list[str]:
        """Fill a view (or all) anew from the log while the old rows are read; returns the names.

        On PostgreSQL several worker processes may share it. They import the host's main module, which must therefore
        keep what it runs under `if __name__ == "__main__":`. With `fork` they are forked from this process instead, at
        once, which is right where no other thread of it is at work. Raises `UnknownView`, `InvalidArgument` for workers
        that are of no use, and `WorkerEnded` when one is killed; the old rows then stay.
        """
        return self._parts.views.rebuild(view, progress, workers, fork=fork)

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""
        return self._parts.views.verify(progress)

    def status(self) -> StoreStatus:
        """The log's head, every projection's position and lag, the background jobs, and parked customers."""
        return self._parts.status.read()

    def metrics(self) -> Metrics:
        """Counts of what this process did since the engine was opened, its connections, and how the store stands, for
        whoever watches it. Units are in the names; lags are rows of the log, beyond some 10,000 about so many.

        A child that is forked counts from 0. Events `within` a transaction of the host's are not counted. Where the
        store does not answer, `store` is None.
        """
        status, counters = self._parts.status, self._parts.counters
        try:
            store = status.measured()
        except EngineClosed:
            raise
        except FootfallError:
            store = None
        return counters.read(status.pool(), store)

    def ready(self) -> bool:
        """Whether the store answers within about the lock timeout, and its schema is that of this program.

        One journey to the database, for a load balancer to ask often. Raises nothing but `EngineClosed`.
        """
        return self._parts.status.ready()

    def rejected(
        self, reason: Reason | str | None = None, *, limit: int | None = 1_000, after: str | None = None
    ) -> list[RejectionRow]:
        """What was refused, oldest first; kept until a `redrive` finds that it is refused no longer, or until it is
        beyond the bounds of what is kept. Of more than 64 KiB only the beginning is. `after`: those behind the row of
        this cursor."""
        place = REJECTION_CURSORS.place_if_any(after)
        return self._parts.rejections.listed(reason_if_any(reason), at_most(limit), place)

    def forget_rejections(self, reason: Reason | str | None = None, *, before: Moment | None = None) -> int:
        """Forget what was refused, of one reason or of all, received before a moment or at any time; returns how
        many. It cannot be redriven any more."""
        return self._parts.rejections.forget(reason_if_any(reason), moment_if_any(before))

    def redrive(self, reason: Reason | str | None = None) -> list[Result]:
        """Hand rejections in again, as they came. One that is not kept whole stays, and its result says so."""
        return self._parts.ingest.redrive(reason_if_any(reason))

    def redrive_parked(self) -> list[tuple[ParkedRow, bool]]:
        """Take up parked customers where their views stopped; tells for each whether it is healed."""
        return self._parts.views.redrive()

    # Several processes

    def check_workers(self, workers: int, *, importing: bool = False) -> None:
        """Raises `InvalidArgument` for a number of processes that the store cannot use, for an import or for another
        work."""
        self._parts.check_workers(workers, importing=importing)

    def paying_workers(self, *, importing: bool = False) -> int:
        """How many processes at one work pay on this store and machine, as long as there is much of it: one on SQLite,
        and for an import another that folds; one for each processor on PostgreSQL, more where its server has processors
        of its own."""
        return self._parts.paying_workers(importing=importing)

    def one_writer(self) -> bool:
        """Whether one process at a time can write to the store, as on SQLite."""
        return self._parts.one_writer()

    def partition_of(self, customer: CustomerName) -> int:
        """The partition of the log that holds a customer's stream. Processes that write to partitions of their own
        wait for no lock of each other."""
        return self._parts.log.partition_of(customer_named(customer))
