"""What became of all that was redriven, in figures, as every door tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .answers import ParkedRow, Result, Status


def redriven(results: Sequence[Result], parked: Sequence[tuple[ParkedRow, bool]]) -> dict[str, Any]:
    """How many were accepted, duplicate and rejected, for which `reasons` still, and how many parked customers were
    healed and are not."""
    summary: dict[str, Any] = {one.value: sum(result.status is one for result in results) for one in Status}
    healed = sum(is_healed for _, is_healed in parked)
    reasons = Counter(str(result.reason) for result in results if result.reason is not None)
    return {**summary, "healed": healed, "still_parked": len(parked) - healed, "reasons": dict(reasons)}
