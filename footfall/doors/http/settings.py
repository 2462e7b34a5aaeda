"""What a host may set about the door."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """Bounds of what is taken, in seconds and in events a minute; they count in each process by itself."""

    body_seconds: float = 10.0
    events_a_minute_by_key: int = 60_000
    events_a_minute_by_address: int = 6_000
    events_a_minute_by_customer: int = 600
