"""The catalogue as the engine uses it: read from its streams, kept until the log shows a newer one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from ..domain import catalogue as rules
from ..domain.catalogue import Catalogue
from ..domain.definition import Definition
from ..domain.events import CatalogueEvent, Recorded
from .definition_input import DefinitionInput
from .ports import CATALOGUE_PARTITION, CatalogueChanged, Clock, Log
from .retries import retrying


class Definitions:
    """The current definitions, and how they are changed."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self.refresh()

    @property
    def current(self) -> Catalogue:
        """The catalogue as this process knows it."""
        return self._catalogue

    def refresh(self) -> Catalogue:
        """Read the catalogue from the log."""
        self._head, self._history = self._log.catalogue()
        self._catalogue = rules.replay(_events(self._history))
        return self._catalogue

    def as_of(self, moment: int) -> Catalogue:
        """The catalogue as it stood at a moment (µs)."""
        self.refresh()
        return rules.replay(_events(self._history), until=moment)

    def confirm(self, heads: Mapping[int, int]) -> None:
        """Raise `CatalogueChanged`, after reading it anew, unless the catalogue in hand is the newest."""
        if heads[CATALOGUE_PARTITION] != self._head:
            self.refresh()
            raise CatalogueChanged

    def define(self, wanted: DefinitionInput) -> Definition:
        """Define an action or change what is given; the same again changes nothing. Raises as `catalogue.define`."""
        retrying()(self._append, lambda catalogue: rules.define(catalogue, wanted.apply(catalogue), self._clock()))
        return self._catalogue[wanted.action]

    def remove(self, action: str) -> None:
        """Take a definition out of the catalogue. Raises as `catalogue.remove`."""
        retrying()(self._append, lambda catalogue: rules.remove(catalogue, action, self._clock()))

    def _append(self, decide: Callable[[Catalogue], list[CatalogueEvent]]) -> None:
        events = decide(self.refresh())
        versions = Counter(recorded.originator_id for recorded in self._history)
        if events:
            stream = rules.stream_id(rules.action_of(events[0]))
            self._log.define([Recorded(stream, versions[stream] + n, event) for n, event in enumerate(events, 1)])
            self.refresh()


def _events(history: list[Recorded[CatalogueEvent]]) -> list[CatalogueEvent]:
    return [recorded.event for recorded in history]
