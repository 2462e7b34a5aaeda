"""What is set, as this process knows it: the catalogue, the session timeout, keys and issuers, kept until the log shows
newer ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import NamedTuple
from uuid import UUID

from ...domain import catalogue as rules
from ...domain import issuers, keys, timeouts
from ...domain.builtin import BUILT_IN
from ...domain.catalogue import Catalogue
from ...domain.events import DEFAULT_TIMEOUT, CatalogueEvent, Recorded
from ...domain.issuers import NO_ISSUERS, Issuers
from ...domain.keys import NO_KEYS, Keys
from ..ports.log import Log
from ..running.retries import retried


class SettingsAt(NamedTuple):
    """What is set where the catalogue's partition stands at `head`: the `catalogue`, the session `timeout` (µs), the
    one that was set if any was, the `events` that this follows from, the last version of each of their streams, and the
    `keys` and `issuers` that callers over HTTP are known by."""

    head: int = 0
    catalogue: Catalogue = BUILT_IN
    timeout: int = DEFAULT_TIMEOUT
    set_timeout: int | None = None
    events: Sequence[CatalogueEvent] = ()
    versions: Mapping[UUID, int] = Counter()
    keys: Keys = NO_KEYS
    issuers: Issuers = NO_ISSUERS

    def advanced(self, head: int, recorded: Sequence[Recorded[CatalogueEvent]]) -> SettingsAt:
        """What is set after the events that followed, up to another head."""
        events = [one.event for one in recorded]
        set_timeout = timeouts.advance(self.set_timeout, events)
        return SettingsAt(
            head,
            rules.advance(self.catalogue, events),
            DEFAULT_TIMEOUT if set_timeout is None else set_timeout,
            set_timeout,
            (*self.events, *events),
            Counter({**self.versions, **{one.originator_id: one.originator_version for one in recorded}}),
            keys.advance(self.keys, events),
            issuers.advance(self.issuers, events),
        )

    def holds(self, recorded: Recorded[CatalogueEvent]) -> bool:
        """Whether an event is among those that this follows from."""
        return recorded.originator_version <= self.versions[recorded.originator_id] and recorded.event in self.events


class KnownSettings:
    """What is set, `as_known` by now; nothing but what is built in before it is first read. Threads may share it: what
    they find belongs together, and is never changed afterwards."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.as_known = SettingsAt()

    def refresh(self) -> SettingsAt:
        """Read from the log what is newer, and return what is set by then."""
        known = self.as_known
        head, newer = self._log.catalogue(known.head)
        if newer:
            known = known.advanced(head, newer)
            if known.head > self.as_known.head:  # another thread may have read on meanwhile
                self.as_known = known
        return known

    def within(self, log: Log) -> KnownSettings:
        """The same, to be read on through another log: this one as a host's own transaction sees it."""
        seen = copy(self)
        seen._log = log
        return seen

    def learn(self, seen: KnownSettings) -> None:
        """Take over what was read through another log, if it is newer."""
        if seen.as_known.head > self.as_known.head:
            self.as_known = seen.as_known

    def append(self, decide: Callable[[SettingsAt], list[CatalogueEvent]]) -> SettingsAt:
        """Decide on the newest settings, append what was decided, and return what is set by then; again where another
        process was first."""
        decided: list[Recorded[CatalogueEvent]] = []
        return retried(self._append, decide, decided)

    def _append(
        self, decide: Callable[[SettingsAt], list[CatalogueEvent]], decided: list[Recorded[CatalogueEvent]]
    ) -> SettingsAt:
        known = self.refresh()
        if decided and all(known.holds(one) for one in decided):
            return known  # an attempt of which no answer came has written it
        events = decide(known)
        if not events:
            return known
        stream = rules.stream_of(events[0])
        decided[:] = [Recorded(stream, known.versions[stream] + n, event) for n, event in enumerate(events, 1)]
        self._log.define(decided)
        return self.refresh()
