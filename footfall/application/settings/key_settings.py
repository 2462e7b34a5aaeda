"""Keys: created, rotated, revoked, and listed as they stand or stood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from secrets import token_hex, token_urlsafe

from ...domain import keys as rules
from ...domain.errors import InvalidArgument
from ...domain.key import Key, KnownKey, Scope, check_key_name, check_rate, read_scopes
from ...domain.moments import to_datetime, to_datetime_if_any
from ...domain.origins import read_origins
from ..ports.vocabulary import Clock
from ..reading.answers import KeyRow, NewKey
from .known_settings import KnownSettings

SECRET_BYTES = 32


class KeySettings:
    """The keys that callers over HTTP hold, and how they are changed."""

    def __init__(self, known: KnownSettings, clock: Clock) -> None:
        self._known, self._clock = known, clock

    def listed(self, until: int | None) -> list[KeyRow]:
        """Every key that ever was, the oldest first, as it stands, or stood at a moment (µs)."""
        now = self._known.refresh()
        return list(map(_row, (now.keys if until is None else rules.replay(now.events, until)).values()))

    def create_public(self, name: str, origins: Iterable[str], rate: int | None) -> NewKey:
        """Create a key for pages of these origins, and for apps. Raises `InvalidArgument`."""
        key = Key(f"pk_{token_hex(12)}", check_key_name(name), read_origins(origins), check_rate(rate))
        return self._create(key, key.key_id)

    def create_server(self, name: str, scopes: Iterable[str]) -> NewKey:
        """Create a key for a backend. Raises `InvalidArgument`."""
        key, secret = _server_key(name)
        return self._create(replace(key, scopes=read_scopes(scopes)), secret)

    def rotate(self, name: str, overlap: int | None) -> NewKey:
        """Create another secret beside those of a server key, which are refused once the `overlap` (µs) is over; None
        leaves them. Raises `InvalidArgument`."""
        if overlap is not None and overlap < 0:
            raise InvalidArgument("an overlap is not shorter than nothing")
        key, secret = _server_key(name)
        now = self._clock()
        ends_at = None if overlap is None else now + overlap
        self._known.append(lambda known: rules.rotate(known.keys, key, now, ends_at))
        return _new(key, secret)

    def revoke(self, name_or_id: str) -> None:
        """Refuse a key, or every key of a name, from now on. Raises `InvalidArgument`."""
        self._known.append(lambda known: rules.revoke(known.keys, name_or_id, self._clock()))

    def use(self, key_id: str) -> None:
        """Keep that a key is used today."""
        self._known.append(lambda known: rules.use(known.keys, key_id, self._clock()))

    def _create(self, key: Key, what_callers_send: str) -> NewKey:
        self._known.append(lambda known: rules.create(known.keys, key, self._clock()))
        return _new(key, what_callers_send)


def _server_key(name: str) -> tuple[Key, str]:
    # The secret is random throughout, so that one round of a plain hash hides it as well as many would.
    secret = f"sk_{token_urlsafe(SECRET_BYTES)}"
    digest = sha256(secret.encode()).digest()
    return Key(f"key_{token_hex(8)}", check_key_name(name), scopes=tuple(Scope), secret_sha256=digest), secret


def _kind(key: Key) -> str:
    return "server" if key.is_server else "public"


def _new(key: Key, what_callers_send: str) -> NewKey:
    return NewKey(key.key_id, key.name, _kind(key), what_callers_send)


def _row(known: KnownKey) -> KeyRow:
    key = known.key
    return KeyRow(
        key.key_id,
        key.name,
        _kind(key),
        list(key.origins),
        key.rate,
        list(map(str, key.scopes)),
        to_datetime(known.created_at),
        to_datetime_if_any(known.ends_at),
        to_datetime_if_any(known.used_at),
    )
