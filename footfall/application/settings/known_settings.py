"""What is set, as this process knows it: the catalogue and the session timeout, kept until the log shows newer ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...domain import catalogue as rules
from ...domain import timeouts
from ...domain.catalogue import Catalogue
from ...domain.events import DEFAULT_TIMEOUT, CatalogueEvent, Recorded
from ..ports.log import Log
from ..running.retries import retried


class Settings(NamedTuple):
    """The `head` of the catalogue's partition up to which they are known, the events that they follow from, the
    `catalogue`, the session timeout (µs) that was set (None before that), and the one that counts."""

    head: int
    recorded: Sequence[Recorded[CatalogueEvent]]
    catalogue: Catalogue
    set_timeout: int | None
    timeout: int

    @property
    def events(self) -> list[CatalogueEvent]:
        """Everything that was ever set, the oldest first."""
        return [recorded.event for recorded in self.recorded]


_NOTHING = Settings(-1, (), rules.replay(()), None, DEFAULT_TIMEOUT)


class KnownSettings:
    """The settings as they were last read; nothing is known before `refresh`. They are replaced together, so that
    whoever took them has those of one moment, also a child that is forked while another thread reads newer ones."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.now = _NOTHING

    def refresh(self) -> Settings:
        """Read from the log."""
        head, recorded = self._log.catalogue()
        events = [one.event for one in recorded]
        was_set = timeouts.replay(events)
        timeout = DEFAULT_TIMEOUT if was_set is None else was_set
        self.now = Settings(head, recorded, rules.replay(events), was_set, timeout)
        return self.now

    def append(self, decide: Callable[[Settings], list[CatalogueEvent]]) -> Settings:
        """Decide on the newest settings and append what was decided; again where another process was first. Returns the
        settings as they then are."""
        decided: list[Recorded[CatalogueEvent]] = []
        return retried(self._append, decide, decided)

    def _append(
        self, decide: Callable[[Settings], list[CatalogueEvent]], decided: list[Recorded[CatalogueEvent]]
    ) -> Settings:
        settings = self.refresh()
        if decided and all(one in settings.recorded for one in decided):
            return settings  # an attempt of which no answer came has written it
        events = decide(settings)
        if not events:
            return settings
        versions = Counter(recorded.originator_id for recorded in settings.recorded)
        stream = rules.stream_of(events[0])
        decided[:] = [Recorded(stream, versions[stream] + n, event) for n, event in enumerate(events, 1)]
        self._log.define(decided)
        return self.refresh()
