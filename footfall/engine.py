"""The engine: what a backend embeds."""

from __future__ import annotations

import time as system_time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING
from uuid import uuid4
from weakref import WeakSet

from .application.ports import Clock, NewId
from .application.subscription import Subscription
from .operating import Operating
from .reading import Reading
from .recording import Recording

if TYPE_CHECKING:
    from .infrastructure.wiring import Parts


def system_clock() -> int:
    """The present moment in µs since the epoch, UTC."""
    return system_time.time_ns() // 1_000


def open(  # noqa: A001  # it is read as footfall.open
    database: str | None = None,
    *,
    session_timeout: timedelta | None = None,
    partitions: int | None = None,
    lock_timeout: timedelta | None = None,
    statement_timeout: timedelta | None = None,
    clock: Clock = system_clock,
    new_id: NewId = uuid4,
) -> Engine:
    """Open a store, creating it where there is none, and return its engine.

    `database` is `sqlite:///file.db` or `postgresql://user@host/name`; without it, `FOOTFALL_DATABASE`, else
    `sqlite:///footfall.db`. `session_timeout` and `partitions` count only when the store is created; the former is
    changed with `Engine.set_session_timeout`. `lock_timeout` is how long a call waits for what others hold (1.5 s on
    PostgreSQL, 10 s on SQLite), `statement_timeout` how long a statement may take on PostgreSQL (30 s); both end in
    `StoreBusy`. `clock` (µs since the epoch) and `new_id` may be injected. Raises `FootfallError` when the store cannot
    be used.
    """
    # Drivers are loaded here and not before: importing the package must cost a host nothing.
    from .infrastructure.settings import read_settings
    from .infrastructure.wiring import assemble

    settings = read_settings(
        database=database,
        session_timeout=session_timeout,
        partitions=partitions,
        lock_timeout=lock_timeout,
        statement_timeout=statement_timeout,
    )
    return Engine(assemble(settings, clock, new_id))


class Engine(Recording, Reading, Operating):
    """Events in, profiles and views out. Threads may share it; use it in a `with` block or call `close`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._subscriptions: WeakSet[Subscription] = WeakSet()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the background jobs, end the subscriptions, and close the database connections."""
        self.stop()
        for subscription in list(self._subscriptions):
            subscription.close()
        self._parts.database.close()
