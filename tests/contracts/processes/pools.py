"""What processes of `multiprocessing` run with the engine of a host's module, whichever way they are started."""

from __future__ import annotations

import os

import footfall

engine: footfall.Engine | None = None


def work(url: str, customer: str, number: int) -> tuple[str, bool, int]:
    """Track a visit with the engine that is there, or with one that is opened now."""
    global engine
    if engine is None:
        engine = footfall.open(url)
    result = engine.track(customer, "page.visit", {"url": f"/{number}"})
    return str(result.status), engine.profile(customer).events > 0, os.getpid()
