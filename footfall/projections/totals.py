"""Counts over all views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .read_model import Query


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts over the whole store; `events` are those that senders handed in."""

    events: int
    customers: int
    page_visits: int
    sessions: int
    rejected: int


class Totals(Query[Stats], frozen=True):
    """How many rows the views hold, how many events senders handed in, and how many rejections are kept."""

    together: ClassVar[tuple[str, ...]] = ("page_visits", "sessions", "profiles", "tallies", "tally_changes")
