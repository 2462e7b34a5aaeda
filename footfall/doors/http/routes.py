"""Every route there is."""

from __future__ import annotations

from .handlers import health
from .routing import Route, Routes

ROUTES = (
    Route("GET", "/healthz", health.alive),
    Route("GET", "/readyz", health.ready),
)

routes = Routes(ROUTES)
