"""Following the log: which events, how far, and how a follower is woken."""

from __future__ import annotations

from typing import NamedTuple, Protocol
from uuid import UUID

from .vocabulary import TimelineEvent


class EventFilter(NamedTuple):
    """Which events a subscription delivers: of some actions, of a customer; None is all."""

    actions: frozenset[str] | None = None
    customer: UUID | None = None


class FollowedEvent(NamedTuple):
    """An event of the log with its place."""

    partition: int
    position: int
    customer: UUID
    event: TimelineEvent


class Wakeup(Protocol):
    """Wakes a follower when something may have been committed; it may wake it for nothing, and may be lost."""

    def wait(self, seconds: float) -> None:
        """Return when it comes, or after `seconds`."""

    def close(self) -> None:
        """Let go of what it holds; who waits returns before long."""
