"""What callers over HTTP are known by: keys, and the JWTs of trusted issuers."""

from __future__ import annotations

from ...domain.trusted import Trusted
from ..ports.vocabulary import Clock
from .issuer_settings import IssuerSettings
from .key_settings import KeySettings
from .known_settings import KnownSettings


class Callers:
    """The `keys` and the `issuers`."""

    def __init__(self, known: KnownSettings, clock: Clock) -> None:
        self._known = known
        self.keys, self.issuers = KeySettings(known, clock), IssuerSettings(known, clock)

    def trusted(self) -> Trusted:
        """Both as they stand, in one reading of the log."""
        known = self._known.refresh()
        return Trusted(known.keys, known.issuers)
