"""What handlers work with, made once for each process."""

from __future__ import annotations

import time
from typing import NamedTuple

from ...engine.async_engine import AsyncEngine
from ...engine.engine import system_clock
from .admission import Admission
from .batcher import Batcher
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
    )
