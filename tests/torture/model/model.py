"""The engine's rules once more, in plain dictionaries and without its code: what every read must answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, NamedTuple
from uuid import UUID

from ..watch.checker import Activity, sessions_of

LEVELS = ["server", "authenticated", "anonymous_with_jwt", "anonymous"]
MINUTE = 60 * 1_000_000


class Did(NamedTuple):
    """An event that was taken in; moments and `timeout` in µs, `claim` as it was sent."""

    time: int
    claim: int
    action: str
    params: dict[str, Any]
    counts: bool
    timeout: int


class Model:
    """What was taken in, the catalogue, the timeout and the clock."""

    def __init__(self, now: int, timeout: int) -> None:
        self.now, self.timeout = now, timeout
        self.catalogue: dict[str, tuple[str, bool]] = {"page.visit": ("anonymous", True)}
        self.did: dict[UUID, dict[Any, Did]] = defaultdict(dict)
        self.learned: dict[UUID, list[tuple[int, UUID, str, Any]]] = defaultdict(list)
        self.orders: dict[tuple[UUID, str], tuple[int, list[str]]] = {}

    def track(
        self, who: UUID, event_id: UUID, action: str, params: dict[str, Any], claim: int, level: str, speaks_for: UUID
    ) -> str:
        """Take an event in, or not; returns the status, or the reason."""
        known = self.did[who].get(event_id)
        closed = level == "anonymous" and self.attributes(who).get("recognised") is True
        if known is not None and (level == "server" or speaks_for == who):
            if (known.claim, known.action, known.params) == (claim, action, params):
                return "duplicate"
            if not closed:
                return "conflict"
        if action not in self.catalogue:
            return "undefined_action"
        access, counts = self.catalogue[action]
        if level != "server" and LEVELS.index(level) > LEVELS.index(access):
            return "access_denied"
        if level != "server" and speaks_for != who:
            return "foreign_customer"
        if closed:
            return "access_denied"
        self.did[who][event_id] = Did(min(claim, self.now), claim, action, params, counts, self.timeout)
        return "accepted"

    def charge(self, who: UUID, order: str, skus: list[str], claim: int) -> str:
        """Take an order in: the charge, and what was bought."""
        known = self.orders.get((who, order))
        if known is not None:
            return "duplicate" if known == (claim, sorted(skus)) else "conflict"
        self.orders[who, order] = (claim, sorted(skus))
        for number, action in enumerate(["transaction.charge", *["product.buy"] * len(skus)]):
            self.did[who][order, number] = Did(min(claim, self.now), claim, action, {}, False, self.timeout)
        return "accepted"

    def profile(self, who: UUID, as_of: int | None = None) -> tuple[Any, ...]:
        """Counts, first and last seen (µs), attributes, the number of sessions: now, or from events up to a moment."""
        own = self._until(who, as_of)
        times = [one.time for one in own]
        return (
            dict(Counter(one.action for one in own)),
            min(times, default=None),
            max(times, default=None),
            self.attributes(who, as_of),
            len(self.sessions(who, as_of)),
        )

    def attributes(self, who: UUID, as_of: int | None = None) -> dict[str, Any]:
        """Those that are set, now, or from events up to a moment (µs)."""
        learned = [one for one in self.learned[who] if as_of is None or one[0] <= as_of]
        last = {name: value for _, _, name, value in sorted(learned, key=lambda one: one[:2])}
        return {name: value for name, value in last.items() if value is not None}

    def sessions(self, who: UUID, as_of: int | None = None) -> list[tuple[int, int, int, int, int]]:
        """As `checker.sessions_of` gives them."""
        visits = [
            Activity(
                who, UUID(int=number), one.time, "" if one.action == "page.visit" else None, one.counts, one.timeout
            )
            for number, one in enumerate(self._until(who, as_of))
        ]
        return sessions_of(visits)

    def page_visits(self, who: UUID) -> dict[str, tuple[int, str]]:
        """When and where, by event id."""
        visits = self.did[who].items()
        return {str(i): (one.time, one.params["url"]) for i, one in visits if one.action == "page.visit"}

    def _until(self, who: UUID, as_of: int | None) -> list[Did]:
        return [one for one in self.did[who].values() if as_of is None or one.time <= as_of]
