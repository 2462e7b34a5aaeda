"""The key and the JWT of a request, wherever they stand in it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from .refusals import Refusal
from .request import Request

MOST_KEY = 256
MOST_TOKEN = 8_192
"""Characters; servers bound headers loosely or not at all."""
_READ_BEFORE = 1_000
"""So many of them are not read anew; whether they are good is asked each time."""
COOKIE_SECONDS = 43_200
_COOKIE = "footfall_live"
_SECRET = "sk_"  # noqa: S105  # with this it begins
_KEYS = ("pk_", _SECRET)


class Credentials(NamedTuple):
    """What a request says of who sends it."""

    key: str | None = None
    token: str | None = None

    def with_own(self, key: str | None, token: str | None) -> Credentials:
        """The same with those that a body names. Raises `Refusal` (401) where they differ from those of the head."""
        if key is None and token is None:
            return self
        return Credentials(_one(self.key, key, "keys"), _one(self.token, token, "tokens"))


def check_url(request: Request) -> None:
    """Raises `Refusal` (400) where the query holds a server key, by whatever name."""
    for values in request.query.values():
        if any(value.startswith(_SECRET) for value in values):
            raise Refusal(
                400,
                "key_in_url",
                "a server key does not belong into a URL, which is logged: revoke it; then send "
                "Authorization: Bearer sk_…",
            )


def credentials(request: Request) -> Credentials:
    """Those of the head: `Authorization`, `Footfall-Key`, and `key` of the query. Raises `Refusal` (400, 401)."""
    written, named = request.headers.get(b"authorization"), request.headers.get(b"footfall-key")
    keys = tuple(request.query.get("key", ()))
    # Those with a key come again and again; tokens are many, and long.
    is_short = len(written or b"") <= MOST_KEY and len(named or b"") <= MOST_KEY and len(keys) <= 1
    return _written(written, named, keys) if is_short else _read(written, named, keys)


def _read(written: bytes | None, named: bytes | None, keys: Sequence[str]) -> Credentials:
    key, token = _authorization(None if written is None else written.decode("latin-1"))
    for given in (None if named is None else named.decode("latin-1") or None, *keys):
        key = _one(key, given, "keys")
    if key is not None and len(key) > MOST_KEY:
        raise _too_long("key", MOST_KEY)
    if token is not None and len(token) > MOST_TOKEN:
        raise _too_long("token", MOST_TOKEN)
    return Credentials(key, token)


def _too_long(what: str, most: int) -> Refusal:
    return Refusal(401, f"invalid_{what}", f"a {what} has at most {most:,} characters")


_written = lru_cache(_READ_BEFORE)(_read)


def with_cookie(given: Credentials, request: Request) -> Credentials:
    """The same, with the key that the cookie of `live_cookie` holds where no other is given: for an EventSource, which
    can send no header."""
    if given.key is not None or given.token is not None:
        return given
    for pair in (request.header(b"cookie") or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == _COOKIE and len(value) <= MOST_KEY:
            return Credentials(value)
    return given


def live_cookie(key: str, request: Request) -> str:
    """A cookie that holds a key for live events alone, out of reach of scripts and of other sites."""
    scope = request.scope
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    path = quote(f"{scope.get('root_path', '')}/v1/live")  # as a browser writes it
    return f"{_COOKIE}={key}; Path={path}; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Strict{secure}"


def _authorization(header: str | None) -> tuple[str | None, str | None]:
    if header is None:
        return None, None
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer" and value:
        return (value, None) if value.startswith(_KEYS) else (None, value)
    if scheme.lower() == "basic":
        return _user(value), None
    raise Refusal(401, "invalid_authorization", "Authorization is Bearer with a key or a JWT, or Basic with a key")


def _user(encoded: str) -> str:
    try:
        user, _, _ = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        user = ""
    if not user:
        raise Refusal(401, "invalid_authorization", "Basic authorization has the key as its user, and no password")
    return user


def _one(first: str | None, second: str | None, what: str) -> str | None:
    if first is not None and second is not None and first != second:
        raise Refusal(401, "ambiguous_credentials", f"the request has two {what} that differ: send one")
    return second if first is None else first
