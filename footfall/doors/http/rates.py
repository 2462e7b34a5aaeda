"""How many events may come a minute: from an address, by a key, for a customer. Each process counts by itself.

A bucket of a minute's events, which fills evenly: one number for each name. The library `limits` keeps, in memory,
every name that it ever heard of, and looks at all of them a hundred times a second."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import NamedTuple

_MINUTE = 60.0
_ROUNDING = 1e-6
MOST_NAMES = 50_000
"""So many names are remembered; beyond that, the one that was not heard of for the longest time begins anew."""


class Cost(NamedTuple):
    """What is asked for: a name, such as `("address", "192.0.2.7")`, with how many events it sends and how many it may
    send a minute."""

    name: tuple[str, str]
    events: int
    a_minute: int


class Rates:
    """Counts by name. Threads may share it. `clock` gives seconds, and never goes back."""

    def __init__(self, clock: Callable[[], float], most_names: int = MOST_NAMES) -> None:
        self._clock, self._most = clock, most_names
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._alone = Lock()

    def take(self, costs: Iterable[Cost]) -> int:
        """Take all of these, or none: 0, or after how many seconds to ask again.

        A batch of more than a minute's events passes where nothing was taken before, and the next one waits longer.
        """
        with self._alone:
            now, longest = self._clock(), 0.0
            full_at: list[tuple[tuple[str, str], float]] = []
            for name, events, a_minute in costs:
                # The moment at which the bucket is full again; a name that is not there has a full one.
                level, one = max(self._full_at.get(name, now), now), _MINUTE / a_minute
                longest = max(longest, level + min(events, a_minute) * one - now - _MINUTE)
                full_at.append((name, level + events * one))
            if longest > _ROUNDING:
                return math.ceil(longest)
            for name, moment in full_at:
                self._full_at[name] = moment
                self._full_at.move_to_end(name)
            self._forget(now)
            return 0

    def _forget(self, now: float) -> None:
        while self._full_at:
            name, full_at = next(iter(self._full_at.items()))
            if full_at > now and len(self._full_at) <= self._most:
                return
            del self._full_at[name]
