"""The catalogue as the engine uses it, and the session timeout: read from their streams, kept until the log shows
newer ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from ..domain import catalogue as rules
from ..domain import timeouts
from ..domain.catalogue import Catalogue
from ..domain.definition import Definition
from ..domain.events import DEFAULT_TIMEOUT, CatalogueEvent, Recorded, SessionTimeoutSet
from .definition_input import DefinitionInput
from .ports import CATALOGUE_PARTITION, CatalogueChanged, Clock, Log
from .retries import retried


class Definitions:
    """The current definitions and the session timeout, and how they are changed."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self.refresh()

    @property
    def current(self) -> Catalogue:
        """The catalogue as this process knows it."""
        return self._catalogue

    @property
    def timeout(self) -> int:
        """The session timeout (µs) as this process knows it."""
        return DEFAULT_TIMEOUT if self._timeout is None else self._timeout

    def refresh(self) -> Catalogue:
        """Read the catalogue from the log, and the session timeout."""
        self._head, self._history = self._log.catalogue()
        events = self._events()
        self._catalogue, self._timeout = rules.replay(events), timeouts.replay(events)
        return self._catalogue

    def as_of(self, moment: int) -> Catalogue:
        """The catalogue as it stood at a moment (µs)."""
        self.refresh()
        return rules.replay(self._events(), until=moment)

    def timeouts(self) -> list[SessionTimeoutSet]:
        """Every session timeout that was set, the oldest first."""
        self.refresh()
        return [event for event in self._events() if isinstance(event, SessionTimeoutSet)]

    def confirm(self, heads: Mapping[int, int]) -> None:
        """Raise `CatalogueChanged`, after reading it anew, unless the catalogue in hand is the newest."""
        if heads[CATALOGUE_PARTITION] != self._head:
            self.refresh()
            raise CatalogueChanged

    def define(self, wanted: DefinitionInput) -> Definition:
        """Define an action or change what is given; the same again changes nothing. Raises as `catalogue.define`."""
        retried(self._append, lambda: rules.define(self._catalogue, wanted.apply(self._catalogue), self._clock()))
        return self._catalogue[wanted.action]

    def remove(self, action: str) -> None:
        """Take a definition out of the catalogue. Raises as `catalogue.remove`."""
        retried(self._append, lambda: rules.remove(self._catalogue, action, self._clock()))

    def begin(self, timeout: int) -> None:
        """Set the session timeout (µs) of a store that has none yet. Raises `InvalidTimeout`."""
        if self._timeout is None:
            retried(self._append, lambda: timeouts.begin(self._timeout, timeout, self._clock()))

    def set_timeout(self, timeout: int) -> None:
        """Set the session timeout (µs) for activity that is taken in from now on. Raises `InvalidTimeout`."""
        retried(self._append, lambda: timeouts.set_timeout(self._timeout, timeout, self._clock()))

    def _append(self, decide: Callable[[], list[CatalogueEvent]]) -> None:
        self.refresh()
        events = decide()
        versions = Counter(recorded.originator_id for recorded in self._history)
        if events:
            stream = rules.stream_of(events[0])
            self._log.define([Recorded(stream, versions[stream] + n, event) for n, event in enumerate(events, 1)])
            self.refresh()

    def _events(self) -> list[CatalogueEvent]:
        return [recorded.event for recorded in self._history]
