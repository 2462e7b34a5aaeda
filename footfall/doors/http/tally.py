"""What the door counts, in each process by itself, for whoever watches it."""

from __future__ import annotations

from collections import Counter


class Tally:
    """Answers by (method, path's template, status); refusals by code; `dropped` events by why nobody looked at them."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str, int]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
