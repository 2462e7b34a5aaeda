"""What handlers work with, made once for each process."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ...engine.async_engine import AsyncEngine
    from .settings import DoorSettings


class Parts(NamedTuple):
    """The engine and what stands before it."""

    engine: AsyncEngine
    settings: DoorSettings

    def close(self) -> None:
        """End what this process has begun; the engine is the host's."""


def open_parts(engine: AsyncEngine, settings: DoorSettings) -> Parts:
    """The parts for this process."""
    return Parts(engine, settings)
