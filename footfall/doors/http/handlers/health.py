"""Whether the process is alive, and whether the store answers."""

from __future__ import annotations

from ..parts import Parts
from ..request import Request
from ..response import Response, answered


async def alive(_parts: Parts, _request: Request) -> Response:
    """The process answers; the store is not asked."""
    return answered({"status": "ok"})


async def ready(parts: Parts, _request: Request) -> Response:
    """Whether the store answers, with the schema of this program."""
    is_ready = await parts.engine.ready()
    return answered({"status": "ready" if is_ready else "not_ready"}, 200 if is_ready else 503)
