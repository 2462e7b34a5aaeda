"""Live events: what is committed, whichever process writes it, told to listeners as server-sent events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from ...engine.engine import Engine

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Live:
    """Listeners of one process, who share one subscription."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def stream(
        self, send: Send, receive: Receive, query: Mapping[str, Sequence[str]], last_event_id: str | None
    ) -> None:
        """Answer a request with events, until its client leaves or the door closes.

        `query` may have `customer`, `action` (any number) and `after`. Raises `InvalidArgument`, before anything is
        sent, for what is none and for a cursor not of this store.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """End every stream."""
        raise NotImplementedError
