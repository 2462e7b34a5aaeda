"""A key: who holds it may call over HTTP. Public ones are for browsers and apps, server keys for backends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from .errors import InvalidArgument, shown
from .moments import DAY


class Scope(StrEnum):
    """What a server key may do: hand events in, read, and change what is set."""

    WRITE = "write"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it was created. A public one is known by its id and has `origins`, those of the pages that may use it,
    and perhaps a `rate` (events a minute); a server key has `scopes`, and of its secret only the SHA-256 is kept."""

    key_id: str
    name: str
    origins: tuple[str, ...] = ()
    rate: int | None = None
    scopes: tuple[Scope, ...] = ()
    secret_sha256: bytes | None = None

    @property
    def is_server(self) -> bool:
        """Whether it is a backend's."""
        return self.secret_sha256 is not None


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key and what became of it; moments in µs, UTC. It is good before `ends_at`, and no longer once it `is_over`,
    whatever a clock says. `used_at`: when it was first used on the last day on which it was, as far as is known."""

    key: Key
    created_at: int
    ends_at: int | None = None
    is_over: bool = False
    used_at: int | None = None

    def is_good(self, now: int) -> bool:
        """Whether it is let in at a moment."""
        return not self.is_over and (self.ends_at is None or now < self.ends_at)

    def ended(self, ends_at: int, told_at: int) -> KnownKey:
        """The same once it was told at one moment that it ends at another."""
        return replace(self, ends_at=ends_at, is_over=ends_at <= told_at)

    def is_used_anew(self, now: int) -> bool:
        """Whether a use at a moment is the first on its day (UTC), as far as is known."""
        return self.used_at is None or self.used_at // DAY < now // DAY


MOST_RATE = 1_000_000
_NAME = re.compile(r"(?!pk_|sk_|key_)[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


def check_key_name(name: str) -> str:
    """Return a name that a key may have: it begins as no key does, so that neither is taken for the other. Raises
    `InvalidArgument`, which does not show what was given, since that may be a secret."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise InvalidArgument(
            "a key's name is 1 to 64 of a-z A-Z 0-9 . - _, begins with a letter or digit, and not with pk_, sk_ or key_"
        )
    return name


def check_rate(rate: int | None) -> int | None:
    """Return a rate that a public key may have. Raises `InvalidArgument`."""
    is_number = isinstance(rate, int) and not isinstance(rate, bool)
    if rate is None or (is_number and 0 < rate <= MOST_RATE):
        return rate
    raise InvalidArgument(f"a rate is 1 to {MOST_RATE} events a minute, not {shown(rate)}")


def read_scopes(scopes: Iterable[str]) -> tuple[Scope, ...]:
    """Scopes, each once. Raises `InvalidArgument` for what is none, and where there is none."""
    given = [scopes] if isinstance(scopes, str) else list(scopes)
    unknown = [one for one in given if one not in tuple(Scope)]
    if unknown or not given:
        named = f"there is no scope {shown(unknown[0])}" if unknown else "a server key has a scope at least"
        raise InvalidArgument(f"{named}; there are {', '.join(Scope)}")
    return tuple(scope for scope in Scope if scope in given)
