"""What can go wrong by rule: the reasons for which an event is refused, and the errors of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from .results import Result


def shown(value: object, most: int | None = 60) -> str:
    """A value as an error's text quotes it: cut short, unless `most` is None, and never an error in itself."""
    try:
        return repr(value)[:most]
    except Exception:  # a repr may fail in any way: endless nesting, digits beyond Python's limit, foreign classes
        return f"a {type(value).__name__} that cannot be shown"


def shortened(text: str) -> str:
    """A text of at most `MOST_DETAIL` characters."""
    return text if len(text) <= MOST_DETAIL else f"{text[: MOST_DETAIL - 1]}…"


def storable(text: str) -> str:
    """What an error says, which may quote what was handed in, in characters that every database takes."""
    return text.encode(errors="backslashreplace").decode().replace("\x00", "\\x00")


class FootfallError(Exception):
    """The root of every error that Footfall raises on purpose."""


class Reason(StrEnum):
    """Why an event was refused; the value is what callers, tables and JSON show."""

    INVALID_EVENT = "invalid_event"
    INVALID_ACTION = "invalid_action"
    INVALID_TIME = "invalid_time"
    INVALID_PARAMS = "invalid_params"
    TOO_LARGE = "too_large"
    UNDEFINED_ACTION = "undefined_action"
    RESERVED_ACTION = "reserved_action"
    ACCESS_DENIED = "access_denied"
    FOREIGN_CUSTOMER = "foreign_customer"
    MISSING_PARAMETER = "missing_parameter"
    WRONG_TYPE = "wrong_type"
    CONFLICT = "conflict"


MOST_DETAIL = 1_000
"""Characters of a detail, which may quote what was handed in, and that may have any length."""


class Rejected(FootfallError):
    """A rule refused an event: `reason` for programs, `detail` for people, cut short where it is very long.

    Of what was handed in, `event_id` is its event id, and `results` are the answers to all that the same call handed
    in, in order. Where several were refused, the error is that of the first.
    """

    def __init__(
        self, reason: Reason, detail: str, event_id: UUID | None = None, results: Sequence[Result] = ()
    ) -> None:
        detail, refused = shortened(detail), sum(not result for result in results)
        said = f"{reason}: {detail}"
        among = f"{refused} of {len(results)} were rejected, the first for "
        super().__init__(f"{among}{said}" if len(results) > 1 else said)
        self.reason, self.detail = reason, detail
        self.event_id, self.results = event_id, tuple(results)

    def __reduce__(self) -> tuple[type[Rejected], tuple[Reason, str, UUID | None, tuple[Result, ...]]]:
        """What it is made of anew in another process."""
        return type(self), (self.reason, self.detail, self.event_id, self.results)


class InvalidDefinition(FootfallError):
    """A definition of an action breaks a rule of the catalogue."""


class InvalidArgument(FootfallError):
    """An argument is not what it must be; the message says what it must be."""
