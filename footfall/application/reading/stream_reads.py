"""Reads that are answered from a customer's stream itself, and so are never stale."""

from __future__ import annotations

from uuid import UUID

from ...domain.catalogue import Catalogue
from ...domain.history import replay
from ...domain.labels import render
from ...domain.moments import to_datetime, to_datetime_if_any
from ...domain.profile import Profile, describe
from ..ports.log import Log
from ..ports.vocabulary import TIMELINE_CURSORS, Clock, TimelineEvent, TimelinePlace
from ..running.retries import retried, retried_within
from ..running.tracing import UNTRACED, Untraced, nothing_told
from ..settings.definitions import Definitions
from .answers import TimelineEntry
from .timeline_pages import timeline_page


class StreamReads:
    """Reads of one customer's stream; `within` a host's own transaction, which are not tried again."""

    def __init__(
        self,
        log: Log,
        definitions: Definitions,
        clock: Clock,
        tracing: Untraced = UNTRACED,
        *,
        within: bool = False,
    ) -> None:
        self._log, self._definitions, self._clock = log, definitions, clock
        self._retried = tracing.around("footfall.read_stream", retried_within if within else retried, nothing_told)

    def profile(self, customer: UUID, as_of: int | None = None) -> Profile:
        """The profile now, or as of a moment (µs): then the same fold over the events up to it."""
        if as_of is None:
            return describe(customer, self._retried(self._log.state, customer), self._clock())
        return describe(customer, replay(self._retried(self._log.history_until, customer, as_of)), as_of)

    def timeline(
        self,
        customer: UUID,
        limit: int | None = 50,
        *,
        raw: bool = False,
        since: int | None = None,
        until: int | None = None,
        after: TimelinePlace | None = None,
    ) -> list[TimelineEntry]:
        """The newest events by event time, from `since` on and before `until` (µs), behind a place; `raw` shows
        undefined parameters as well."""
        catalogue = self._retried(self._definitions.newest)
        found = self._retried(timeline_page, self._log, customer, since, until, after, limit)
        return [_entry(event, catalogue, raw) for event in found]


def _entry(event: TimelineEvent, catalogue: Catalogue, raw: bool) -> TimelineEntry:
    definition = catalogue.get(event.action)
    defined = {} if definition is None else definition.defined(event.params)
    return TimelineEntry(
        time=to_datetime(event.time),
        action=event.action,
        label=event.action if definition is None else render(definition.label, defined),
        params=event.params if raw else defined,
        event_id=str(event.event_id),
        received_at=to_datetime(event.received_at),
        claimed_time=to_datetime_if_any(event.claimed_time),
        cursor=TIMELINE_CURSORS.text(TimelinePlace.of(event)),
    )
