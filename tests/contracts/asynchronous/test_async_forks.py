"""An engine for asyncio that is open when the process forks: parent and child go on side by side."""

from __future__ import annotations

import asyncio

import footfall
from tests.contracts.support import ALICE, BOB, OpenEngine, visit
from tests.forks import ForkedChild


async def visits(engine: footfall.AsyncEngine, customer: object) -> list[str]:
    """Track visits at once and follow them."""
    events = engine.subscribe({"page.visit"}, customer=str(customer), after="start")
    await asyncio.gather(*[engine.track(str(customer), "page.visit", {"url": f"/{n}"}) for n in range(30)])
    return sorted([str((await anext(events)).params["url"]) for _ in range(30)])


def test_parent_and_child_go_on(engine_at: OpenEngine, database_url: str) -> None:
    engine = footfall.AsyncEngine(engine_at(database_url))

    async def used() -> None:  # so that there are threads, and a watch of the log, which no child inherits
        await asyncio.gather(*[engine.track_many([visit(ALICE, n)]) for n in range(30)])
        waiting = asyncio.create_task(anext(engine.subscribe()))
        await asyncio.sleep(0.05)
        waiting.cancel()

    asyncio.run(used())
    with ForkedChild(lambda: asyncio.run(visits(engine, BOB))) as child:
        assert len(asyncio.run(visits(engine, ALICE))) == 30
        assert child.outcome() == sorted(f"/{n}" for n in range(30))
    assert asyncio.run(engine.profile(ALICE)).events == 60
    assert asyncio.run(engine.profile(BOB)).events == 30
    assert asyncio.run(engine.verify()).ok
