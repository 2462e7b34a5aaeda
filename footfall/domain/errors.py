"""What can go wrong by rule: the reasons for which an event is refused, and the errors of the catalogue."""

from __future__ import annotations

from enum import StrEnum


def shown(value: object, most: int | None = 60) -> str:
    """A value as an error's text quotes it: cut short, unless `most` is None, and never an error in itself."""
    try:
        return repr(value)[:most]
    except Exception:  # a repr may fail in any way: endless nesting, digits beyond Python's limit, foreign classes
        return f"a {type(value).__name__} that cannot be shown"


def shortened(text: str) -> str:
    """A text of at most `MOST_DETAIL` characters."""
    return text if len(text) <= MOST_DETAIL else f"{text[: MOST_DETAIL - 1]}…"


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
    """A rule refused an event: `reason` for programs, `detail` for people, cut short where it is very long."""

    def __init__(self, reason: Reason, detail: str) -> None:
        detail = shortened(detail)
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[Rejected], tuple[Reason, str]]:
        """What it is made of anew in another process."""
        return type(self), (self.reason, self.detail)


class InvalidDefinition(FootfallError):
    """A definition of an action breaks a rule of the catalogue."""


class InvalidArgument(FootfallError):
    """An argument is not what it must be; the message says what it must be."""
