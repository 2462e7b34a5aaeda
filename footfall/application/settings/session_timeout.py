"""The session timeout: asked for and changed."""

from __future__ import annotations

from ...domain import timeouts
from ...domain.events import SessionTimeoutSet
from ...domain.moments import SECOND, to_datetime
from ..ports.vocabulary import Clock
from ..reading.answers import TimeoutRow
from .known_settings import KnownSettings


class SessionTimeout:
    """The timeout of sessions, and how it is changed."""

    def __init__(self, known: KnownSettings, clock: Clock) -> None:
        self._known, self._clock = known, clock

    def history(self) -> list[TimeoutRow]:
        """Every session timeout that was set, the oldest first."""
        events = (event for event in self._known.refresh().events if isinstance(event, SessionTimeoutSet))
        return [TimeoutRow(to_datetime(event.time), event.timeout / SECOND) for event in events]

    def set_initial(self, timeout: int) -> None:
        """Set the timeout (µs) of a store that has none yet. Raises `InvalidTimeout`."""
        if self._known.as_known.set_timeout is None:
            self._known.append(lambda now: timeouts.set_initial(now.set_timeout, timeout, self._clock()))

    def set(self, timeout: int) -> None:
        """Set the timeout (µs) for activity that is taken in from now on. Raises `InvalidTimeout`."""
        self._known.append(lambda now: timeouts.set_timeout(now.set_timeout, timeout, self._clock()))
