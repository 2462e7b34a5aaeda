"""Who calls: a caller is made of a key, a JWT and an origin, or refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from time import monotonic

from ....domain.errors import FootfallError
from ....domain.key import KnownKey
from ....domain.moments import DAY
from ....engine.engine import Engine
from .caller import Caller, NotAdmitted
from .known import Known

SECONDS_BETWEEN = 1.0
"""Look for changes of keys and issuers after so many seconds, so that a revocation is known everywhere within two."""


class Senders:
    """Tells who calls by the keys and issuers of a store, as they were at the last `refresh`: to make one where they
    are stale is for whoever asks. Threads may share it. `clock` gives µs since the epoch, and `ticks` seconds that
    never go back."""

    def __init__(self, engine: Engine, clock: Callable[[], int], ticks: Callable[[], float] = monotonic) -> None:
        self._engine, self._clock, self._ticks = engine, clock, ticks
        self._known: Known | None = None
        self._read_at = float("-inf")
        self._reading = Lock()
        self._told_of_use: dict[str, int] = {}

    def caller(self, key: str | None, token: str | None, origin: str | None) -> Caller:
        """Who calls with this key, JWT and `Origin` header. Raises `NotAdmitted` (401, 403); `FootfallError` where that
        is not known because the store does not answer."""
        known, now = self._read(), self._clock()
        if not key:
            beside = "" if token is None else " beside the token"
            raise NotAdmitted(401, "no_key", f"a key is needed{beside}: a public key (pk_…) or a server key (sk_…)")
        found = known.key(key) if isinstance(key, str) else None
        if found is None or not found[0].is_good(now):
            raise NotAdmitted(401, "unknown_key", "unknown or revoked key")
        held, caller = found
        if caller.is_server:
            self._keep_use(held, now)
        elif origin is not None and origin not in held.key.origins:
            raise NotAdmitted(403, "origin_not_allowed", "the key may not be used by pages of this origin")
        return caller if token is None else caller.with_token(known.token(token, now))

    def admits(self, key: str) -> bool:
        """Whether a key is known and not revoked. Raises `FootfallError` where the store does not answer."""
        found = self._read().key(key)
        return found is not None and found[0].is_good(self._clock())

    def origins(self) -> frozenset[str]:
        """The origins of all public keys that are not revoked."""
        return self._read().origins

    def allows(self, origin: str) -> bool:
        """Whether a public key that is not revoked lists this origin."""
        return origin in self.origins()

    @property
    def is_stale(self) -> bool:
        """Whether it is time to look for changes."""
        return self._known is None or self._ticks() - self._read_at >= SECONDS_BETWEEN

    def refresh(self) -> Known:
        """Read what has become of keys and issuers. Raises `FootfallError`."""
        # The moment before the reading: what is committed while it runs is not in it.
        began = self._ticks()
        trusted = self._engine.trusted()
        with self._reading:
            known = self._known
            if known is not None and began < self._read_at:
                return known  # another thread began later, and knows more
            if known is None or any(new is not old for new, old in zip(trusted, known.trusted, strict=True)):
                known = self._known = Known(trusted)
            self._read_at = began
            return known

    def bring_up_to_date(self) -> None:
        """Refresh in this thread where it is time. Raises `FootfallError`."""
        if self.is_stale:
            self.refresh()

    def _read(self) -> Known:
        known = self._known
        return self.refresh() if known is None else known

    def _keep_use(self, known: KnownKey, now: int) -> None:
        key_id, today = known.key.key_id, now // DAY
        if known.is_used_anew(now) and self._told_of_use.get(key_id) != today:
            self._told_of_use[key_id] = today
            # Aside, because it is written: no caller waits for it, and none is refused where it cannot be.
            Thread(target=self._tell_of_use, args=(key_id,), name="footfall key use", daemon=True).start()

    def _tell_of_use(self, key_id: str) -> None:
        with suppress(FootfallError):
            self._engine.use_key(key_id)
