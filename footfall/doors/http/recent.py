"""What a process knows of keys, issuers and the catalogue: as it stood a second ago at most."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from ...domain.actions import PAGE_VISIT
from ...engine.async_engine import AsyncEngine
from ...engine.engine import Engine
from .page_fact_settings import PageFactSettings
from .senders import Senders


class Recent:
    """Keys and issuers (`senders`), and which facts of page visits fit what is defined (`page_facts`)."""

    def __init__(self, engine: AsyncEngine, senders: Senders, wanted: PageFactSettings | None) -> None:
        self._engine, self.senders = engine, senders
        self._wanted = self.page_facts = wanted
        self._readings: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()

    async def refresh(self) -> None:
        """Read what has changed, where it is time for that. All requests wait for one reading, and the loop for none.
        Raises `FootfallError`."""
        if not self.senders.is_stale:
            return
        loop = asyncio.get_running_loop()
        under_way = self._readings.get(loop)
        if under_way is None or under_way.done():
            under_way = self._readings[loop] = loop.create_task(self._engine.run_sync(self._read))
            under_way.add_done_callback(_heard)
        await asyncio.shield(under_way)

    def _read(self, engine: Engine) -> None:
        if self._wanted is not None:
            self.page_facts = self._wanted.fitting(engine.definitions()[PAGE_VISIT])
        self.senders.refresh()


def _heard(reading: asyncio.Task[None]) -> None:
    if not reading.cancelled():
        reading.exception()  # whoever waited has heard of it, and there may be nobody
