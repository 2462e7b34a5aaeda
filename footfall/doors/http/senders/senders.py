"""Who calls: a caller is made of a key, a JWT and an origin, or refused."""

from __future__ import annotations

from collections.abc import Callable

from ....engine.engine import Engine
from .caller import Caller, NotAdmitted


class Senders:
    """Tells who calls by the keys and issuers of a store. Threads may share it. `clock` gives µs since the epoch."""

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine, self._clock = engine, clock

    def caller(self, key: str | None, token: str | None, origin: str | None) -> Caller:
        """Who calls with this key, JWT and `Origin` header. Raises `NotAdmitted` (401, 403)."""
        raise NotAdmitted(401, "unknown_key", "unknown or revoked key")

    def origins(self) -> frozenset[str]:
        """The origins of all public keys that are not revoked."""
        return frozenset()

    def allows(self, origin: str) -> bool:
        """Whether a public key that is not revoked lists this origin."""
        return origin in self.origins()
