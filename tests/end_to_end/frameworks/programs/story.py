"""What happened in the shop of these programs."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import footfall

CUSTOMER, STRANGER = UUID(int=1, version=4), UUID(int=2, version=4)
BEGAN = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)
URL = "https://shop.example/tea"


def told(engine: footfall.Engine) -> footfall.Engine:
    """The engine, once two customers have been there and an event of one was refused."""
    engine.track(CUSTOMER, "page.visit", {"url": URL, "title": "Tea & <b>more</b>"}, time=BEGAN)
    engine.track(CUSTOMER, "entries.count", {"n": 1}, time=BEGAN)
    engine.update(CUSTOMER, {"email": "a@shop.example", "tags": ["new", {"deep": None}]})
    engine.charge(STRANGER, "order-1", [{"sku": "T-100"}], revenue=13)
    engine.sweep()
    return engine
