"""What is answered to each thing that was handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from .errors import Reason, Rejected


class Status(StrEnum):
    """What became of a submission."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one submission; `reason` and `detail` say why it was rejected.

    As a condition (`if result:`) it is true unless it was rejected: what is known already counts as taken.
    """

    status: Status
    event_id: UUID | None = None
    reason: Reason | None = None
    detail: str = ""

    def __bool__(self) -> bool:
        """Whether it was accepted, now or when it came first."""
        return self.status != Status.REJECTED

    def raise_for_rejection(self) -> Result:
        """The result itself. Raises `Rejected` if it was rejected."""
        raise_for_rejections((self,))
        return self


def raise_for_rejections(results: Sequence[Result]) -> None:
    """Raises `Rejected` if any of them was: for the first one, and with all the results."""
    for result in results:
        if result.reason is not None:
            raise Rejected(result.reason, result.detail, result.event_id, results)


_set_status, _set_event_id, _set_reason, _set_detail = (Result.__dict__[name].__set__ for name in Result.__slots__)


def taken(status: Status, event_id: UUID) -> Result:
    """The answer to what was not rejected. There is one for each event: this takes half the time of `Result(…)`, whose
    fields a frozen class has to set by name."""
    result = object.__new__(Result)
    _set_status(result, status)
    _set_event_id(result, event_id)
    _set_reason(result, None)
    _set_detail(result, "")
    return result
