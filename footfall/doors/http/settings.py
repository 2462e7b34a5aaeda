"""What a host may set about the door."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...domain.errors import InvalidArgument
from .page_fact_settings import PageFactSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """Bounds of what is taken. Events a minute are counted in each process by itself; None is no limit.

    Those by address and by customer are for public keys, whose own rate is set with the key; server keys are
    limited by `rate_by_server_key` only. Raises `InvalidArgument`.
    """

    body_seconds: float = 10.0
    rate_by_address: int | None = 6_000
    rate_by_customer: int | None = 600
    rate_by_server_key: int | None = None
    failures_by_address: int | None = 60
    """Requests a minute with a key or token that is none, after which an address is told 429 instead of 401."""
    page_facts: PageFactSettings = field(default_factory=PageFactSettings)
    """What is added to page visits of browsers."""

    def __post_init__(self) -> None:
        """Refuse what is no bound."""
        for name in ("rate_by_address", "rate_by_customer", "rate_by_server_key", "failures_by_address"):
            rate = getattr(self, name)
            if rate is not None and not (isinstance(rate, int) and rate > 0):
                raise InvalidArgument(f"{name} is a number above 0, or None for no limit, not {rate!r}")
        if not 0 < self.body_seconds < float("inf"):
            raise InvalidArgument(f"body_seconds is a number of seconds above 0, not {self.body_seconds!r}")
