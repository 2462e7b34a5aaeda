"""What is set, as this process knows it: the catalogue and the session timeout, kept until the log shows newer ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy

from ...domain import catalogue as rules
from ...domain import timeouts
from ...domain.catalogue import Catalogue
from ...domain.events import DEFAULT_TIMEOUT, CatalogueEvent, Recorded
from ..ports.log import Log
from ..running.retries import retried


class KnownSettings:
    """The `catalogue`, the session `timeout` (µs), the one that was set (None before that), the events that they follow
    from, and the `head` of the catalogue's partition up to which they are known. It knows nothing before `refresh`."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.head = -1
        self.timeout = DEFAULT_TIMEOUT
        self._recorded: Sequence[Recorded[CatalogueEvent]] = ()
        self.catalogue: Catalogue = rules.replay(())
        self.set_timeout: int | None = None

    @property
    def events(self) -> list[CatalogueEvent]:
        """Everything that was ever set, the oldest first."""
        return [recorded.event for recorded in self._recorded]

    def refresh(self) -> None:
        """Read from the log."""
        self._know(*self._log.catalogue())

    def within(self, log: Log) -> KnownSettings:
        """The same, to be read on through another log: this one as a host's own transaction sees it."""
        seen = copy(self)
        seen._log = log
        return seen

    def learn(self, seen: KnownSettings) -> None:
        """Take over what was read through another log, if it is newer."""
        if seen.head > self.head:
            self._know(seen.head, seen._recorded)

    def _know(self, head: int, recorded: Sequence[Recorded[CatalogueEvent]]) -> None:
        self._recorded = recorded
        self.catalogue, self.set_timeout = rules.replay(self.events), timeouts.replay(self.events)
        self.timeout = DEFAULT_TIMEOUT if self.set_timeout is None else self.set_timeout
        self.head = head  # last, so that another thread never takes older settings for those of this head

    def append(self, decide: Callable[[], list[CatalogueEvent]]) -> None:
        """Decide on the newest settings and append what was decided; again where another process was first."""
        retried(self._append, decide)

    def _append(self, decide: Callable[[], list[CatalogueEvent]]) -> None:
        self.refresh()
        events = decide()
        versions = Counter(recorded.originator_id for recorded in self._recorded)
        if events:
            stream = rules.stream_of(events[0])
            self._log.define([Recorded(stream, versions[stream] + n, event) for n, event in enumerate(events, 1)])
            self.refresh()
