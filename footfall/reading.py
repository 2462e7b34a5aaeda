"""The engine's calls that read: customers, sessions, pages, and events as they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakSet

from .application.answers import PageRow, PageVisit, ProfileRow, Stats, TimelineEntry
from .application.arguments import (
    CustomerName,
    Duration,
    Moment,
    at_most,
    customer_named,
    duration_of,
    identity_of,
    moment_of,
    selection_of,
    wanted_of,
)
from .application.long_work import Progress, silent
from .application.session_answers import SessionRow, SessionSummary, WhatIf
from .application.subscription import Subscription
from .application.what_if import what_if
from .domain.profile import Profile

if TYPE_CHECKING:
    from .infrastructure.wiring import Parts


class Reading:
    """What a backend asks. `fresh`: see `Engine.catch_up`."""

    _parts: Parts
    _subscriptions: WeakSet[Subscription]

    # One customer

    def profile(self, customer: CustomerName, *, as_of: Moment | None = None) -> Profile:
        """The profile, read from the stream itself; `as_of`: from the events up to that moment."""
        return self._parts.streams.profile(customer_named(customer), None if as_of is None else moment_of(as_of))

    def timeline(self, customer: CustomerName, *, limit: int | None = 50, raw: bool = False) -> list[TimelineEntry]:
        """The newest events with their labels; `raw` shows parameters that no definition names, too."""
        return self._parts.streams.timeline(customer_named(customer), at_most(limit), raw=raw)

    def page_visits(
        self, customer: CustomerName, *, limit: int | None = None, fresh: bool | None = None
    ) -> list[PageVisit]:
        """The customer's page visits, the newest first. `fresh`: see `catch_up`."""
        return self._parts.views.page_visits(customer_named(customer), at_most(limit), fresh)

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
        return self._parts.views.sessions(selection_of(customer, since, until, open_only), at_most(limit), fresh)

    def session(self, session_id: UUID | str, *, fresh: bool | None = None) -> SessionRow | None:
        """The session that was once announced under this id, as it now is; None if there never was one.

        A late event may have joined it with others: then it has another id by now. `fresh`: see `catch_up`.
        """
        return self._parts.views.session(identity_of(session_id, "a session"), fresh)

    def session_summary(
        self,
        customer: CustomerName | None = None,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        fresh: bool | None = None,
    ) -> SessionSummary:
        """Bounce rate, durations, pages and hours of the sessions that `sessions` would list."""
        return self._parts.views.session_summary(selection_of(customer, since, until), fresh)

    def what_if(self, timeout: Duration, progress: Progress = silent) -> WhatIf:
        """Count the log's sessions as they are and as another timeout would have made them; writes nothing."""
        return what_if(self._parts.log, duration_of(timeout), progress)

    # All customers

    def profiles(
        self, attributes: Mapping[str, Any] | None = None, *, limit: int | None = 50, fresh: bool | None = None
    ) -> list[ProfileRow]:
        """Customers with these attributes, the last seen first. `fresh`: see `catch_up`."""
        return self._parts.views.profiles(attributes or {}, at_most(limit), fresh)

    def pages(self, *, limit: int | None = 20, fresh: bool | None = None) -> list[PageRow]:
        """The pages visited most. `fresh`: see `catch_up`."""
        return self._parts.views.pages(at_most(limit), fresh)

    def stats(self, *, fresh: bool | None = None) -> Stats:
        """Counts over the whole store. `fresh`: see `catch_up`."""
        return self._parts.views.stats(fresh)

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
        wanted = wanted_of(actions, customer)
        subscription = Subscription(self._parts.log, self._parts.bell(), wanted, after, follow=follow)
        self._subscriptions.add(subscription)
        return subscription
