"""Definitions of actions: asked for, as they stand or stood, and changed."""

from __future__ import annotations

from ...domain import catalogue as rules
from ...domain.catalogue import Catalogue
from ...domain.definition import Definition
from ..ports.vocabulary import Clock
from .definition_input import DefinitionInput
from .known_settings import KnownSettings


class Definitions:
    """The catalogue, and how it is changed."""

    def __init__(self, known: KnownSettings, clock: Clock) -> None:
        self._known, self._clock = known, clock

    def newest(self) -> Catalogue:
        """The catalogue as it stands."""
        return self._known.refresh().catalogue

    def as_of(self, moment: int) -> Catalogue:
        """The catalogue as it stood at a moment (µs)."""
        return rules.replay(self._known.refresh().events, until=moment)

    def define(self, wanted: DefinitionInput) -> Definition:
        """Define an action or change what is given; the same again changes nothing. Raises as `catalogue.define`."""
        settings = self._known.append(
            lambda now: rules.define(now.catalogue, wanted.apply(now.catalogue), self._clock())
        )
        return settings.catalogue[wanted.action]

    def remove(self, action: str) -> None:
        """Take a definition out of the catalogue. Raises as `catalogue.remove`."""
        self._known.append(lambda now: rules.remove(now.catalogue, action, self._clock()))
