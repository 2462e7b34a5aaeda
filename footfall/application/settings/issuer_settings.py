"""Trusted issuers of JWTs: added, taken away, and listed as they stand or stood."""

from __future__ import annotations

from ...domain import issuers as rules
from ...domain.issuer import Issuer, check_issuer
from ...domain.moments import SECOND, to_datetime
from ..ports.vocabulary import Clock
from ..reading.answers import IssuerRow
from .known_settings import KnownSettings


class IssuerSettings:
    """The issuers whose tokens are believed, and how they are changed."""

    def __init__(self, known: KnownSettings, clock: Clock) -> None:
        self._known, self._clock = known, clock

    def listed(self, until: int | None) -> list[IssuerRow]:
        """The issuers that are trusted, or were at a moment (µs)."""
        now = self._known.refresh()
        issuers = now.issuers if until is None else rules.replay(now.events, until)
        return [_row(*one) for one in issuers.values()]

    def trust(self, issuer: Issuer) -> IssuerRow:
        """Trust an issuer, in place of what was known of it. Raises `InvalidArgument`."""
        checked = check_issuer(issuer)
        known = self._known.append(lambda now: rules.trust(now.issuers, checked, self._clock()))
        return _row(*known.issuers[issuer.url])

    def distrust(self, url: str) -> None:
        """Trust an issuer no longer. Raises `InvalidArgument` where it is not trusted."""
        self._known.append(lambda now: rules.distrust(now.issuers, url, self._clock()))


def _row(trusted_at: int, issuer: Issuer) -> IssuerRow:
    return IssuerRow(
        issuer.url,
        issuer.audience,
        to_datetime(trusted_at),
        [key.kid for key in issuer.keys],
        sorted({key.algorithm for key in issuer.keys}),
        issuer.uuid_claim,
        issuer.recognised_claim,
        issuer.leeway / SECOND,
    )
