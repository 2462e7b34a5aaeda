"""What the door counts, in each process by itself, for whoever watches it."""

from __future__ import annotations

from collections import Counter

from ...engine.loggers import HTTP

MOST_STRANGERS = 100
"""So many origins are told of that no key lists; anybody can name more."""


class Tally:
    """Answers by (method, path's template, status); refusals by code; `dropped` events by why nobody looked at them."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str, int]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self._strangers: set[str] = set()

    def tell_of_origin(self, origin: str) -> None:
        """Tell operators once of an origin whose pages may not send."""
        if origin not in self._strangers and len(self._strangers) < MOST_STRANGERS:
            self._strangers.add(origin)
            HTTP.warning("pages of %.200r were refused: no good key lists this origin (footfall keys create)", origin)
