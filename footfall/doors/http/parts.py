"""What handlers work with, made once for each process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from ...engine.async_engine import AsyncEngine
from ...engine.engine import system_clock
from .admission import Admission
from .batcher import Batcher
from .body_time import BodyTime
from .live import Live
from .page_facts import PageFacts
from .senders import Senders
from .settings import DoorSettings
from .tally import Tally


class Parts(NamedTuple):
    """The engine and what stands before it."""

    engine: AsyncEngine
    settings: DoorSettings
    admission: Admission
    batcher: Batcher
    live: Live
    tally: Tally
    page_facts: PageFacts
    body_time: BodyTime

    def end_soon(self, seconds: float) -> None:
        """End streams, and wait so long for bodies that still come."""
        self.live.close()
        self.body_time.end_within(seconds)

    def close(self) -> None:
        """End streams, and take nothing more in; what was begun is answered. The engine is the host's."""
        self.live.close()
        self.batcher.close()


def open_parts(engine: AsyncEngine, settings: DoorSettings) -> Parts:
    """The parts for this process."""
    senders = Senders(engine.engine, system_clock)
    return Parts(
        engine,
        settings,
        Admission(engine, senders, settings, time.monotonic),
        Batcher(engine.engine),
        Live(engine),
        Tally(),
        PageFacts(engine, settings.page_facts),
        BodyTime(settings.body_seconds),
    )


class PartsOfProcess:
    """Parts that are opened when they are first asked for, since a mounted app may never be told of its start, and once
    more in a process that is forked later. Threads may share it."""

    def __init__(self, opened: Callable[[], Parts]) -> None:
        self._opened, self._opening = opened, Lock()
        self._parts: Parts | None = None
        self._process = 0

    def here(self) -> Parts:
        """Those of this process."""
        if self._parts is None or self._process != os.getpid():
            with self._opening:
                if self._parts is None or self._process != os.getpid():
                    self._parts, self._process = self._opened(), os.getpid()
        return self._parts

    def close(self) -> None:
        """Close those of this process, where there are some."""
        with self._opening:
            parts = self._parts if self._process == os.getpid() else None
            self._parts = None
        if parts is not None:
            parts.close()
