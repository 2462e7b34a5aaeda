"""Whom doors let in: what an engine offers on keys and on issuers of JWTs."""

from __future__ import annotations

from collections.abc import Iterable

from ..application.reading.answers import IssuerRow, KeyRow, NewKey
from ..domain.durations import Duration
from ..domain.issuer import Issuer
from ..domain.key import Scope
from ..domain.trusted import Trusted
from .arguments import Moment, duration_of, moment_if_any
from .issuer_keys import read_issuer_keys
from .parts import Parts


class Admitting:
    """Keys and issuers are events of the log, as definitions are: what was let in at any moment can be asked.

    Every process that serves HTTP knows of a change within two seconds.
    """

    _parts: Parts

    def create_key(self, name: str, *, origins: Iterable[str] = (), rate: int | None = None) -> NewKey:
        """Create a public key, which anybody may see. Pages of these `origins` may use it, and apps, which have none;
        `rate` is in events a minute. Raises `InvalidArgument`."""
        return self._parts.callers.keys.create_public(name, origins, rate)

    def create_server_key(self, name: str, *, scopes: Iterable[str] = tuple(Scope)) -> NewKey:
        """Create a key for a backend, with scopes of `write`, `read` and `admin`. Its secret is in the answer and never
        again: only a hash is kept. Raises `InvalidArgument`."""
        return self._parts.callers.keys.create_server(name, scopes)

    def rotate_key(self, name: str, *, overlap: Duration | None = None) -> NewKey:
        """Create another secret for a server key. Those before it are good until they are revoked, or until the
        `overlap` is over. Raises `InvalidArgument`."""
        return self._parts.callers.keys.rotate(name, None if overlap is None else duration_of(overlap))

    def revoke_key(self, name_or_id: str) -> None:
        """Refuse a key, or every key of a name, from now on. Raises `InvalidArgument` where there is none."""
        self._parts.callers.keys.revoke(name_or_id)

    def use_key(self, key_id: str) -> None:
        """Keep that a server key is used today: for doors, which say so once a day."""
        self._parts.callers.keys.use(key_id)

    def keys(self, *, as_of: Moment | None = None) -> list[KeyRow]:
        """Every key that was created, the oldest first, now or as it stood at a moment."""
        return self._parts.callers.keys.listed(moment_if_any(as_of))

    def trust(
        self,
        keys: str,
        *,
        issuer: str,
        audience: str,
        algorithms: Iterable[str] | None = None,
        uuid_claim: str = "sub",
        recognised_claim: str | None = None,
        leeway: Duration = "30s",
    ) -> IssuerRow:
        """Believe the JWTs of an issuer, as is said here and not as before.

        `keys` is the text of a PEM or JWKS file with its public keys, `algorithms` are of RS256, ES256 and EdDSA (all,
        unless given). `uuid_claim` names the customer; `recognised_claim` says by its presence, unless it is false,
        that the customer is recognised; without it `email`, `customer_id` or `recognised: true` does. Raises
        `InvalidArgument`; `FootfallError` where the extra `http` is not installed.
        """
        settings, read = self._parts.callers.issuers, read_issuer_keys(keys, algorithms)
        wanted = Issuer(issuer, audience, read, uuid_claim, recognised_claim, duration_of(leeway))
        return settings.trust(wanted)

    def distrust(self, issuer: str) -> None:
        """Believe the JWTs of an issuer no longer. Raises `InvalidArgument` where it is not trusted."""
        self._parts.callers.issuers.distrust(issuer)

    def issuers(self, *, as_of: Moment | None = None) -> list[IssuerRow]:
        """The issuers that are trusted, now or at a moment."""
        return self._parts.callers.issuers.listed(moment_if_any(as_of))

    def trusted(self) -> Trusted:
        """Keys and issuers as doors ask for them: once a second at most, in one reading of the log."""
        return self._parts.callers.trusted()
