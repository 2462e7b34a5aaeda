"""What senders hand in: events, attributes and orders, their shapes, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from ...domain.errors import Reason, Rejected
from ...domain.events import Fact
from ...domain.json_values import Unfit, by_table
from ...domain.sender import Sender
from ..ports.vocabulary import NewId, SubmissionKind


class Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An activity event as senders write it; only `uuid` and `action` are required."""

    uuid: UUID
    action: str
    params: dict[str, Any] | None = None
    time: Any = None
    event_id: UUID | None = None

    def named_action(self) -> str:
        """The action, where it is text of another type, an `Enum` say, as text."""
        return self.action if type(self.action) is str else str.__str__(self.action)


class Attributes(msgspec.Struct, forbid_unknown_fields=True):
    """An update of attributes as senders write it; only `uuid` and `attributes` are required."""

    uuid: UUID
    attributes: dict[str, Any]
    time: Any = None
    event_id: UUID | None = None


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """An order as the transactions call takes it; `params` are further ones of its charge."""

    uuid: UUID
    order_id: str
    items: list[dict[str, Any]]
    revenue: Any = None
    currency: Any = None
    params: dict[str, Any] | None = None
    time: Any = None
    event_id: UUID | None = None

    def charge(self) -> dict[str, Any]:
        """The params of its charge, but for its id and its items. Raises `Rejected` (`invalid_params`) where one is
        given twice."""
        named = {"revenue": self.revenue, "currency": self.currency}
        charge = {name: value for name, value in named.items() if value is not None}
        further = self.params or {}
        twice = [name for name in ("orderId", "items", *charge) if name in further]
        if twice:
            raise Rejected(Reason.INVALID_PARAMS, f"{twice[0]!r} of an order is an argument, and not for its params")
        return {**further, **charge}


class Attempt(msgspec.Struct, gc=False):
    """A transaction that came to its commit, of which perhaps no answer came. If it was `stored` (None: nobody has
    looked), the partition holds events after one position and up to another. All of them are its own; but where it made
    one journey its positions are not known before the answer, and `upto` is the last position that there can be."""

    partition: int
    after: int
    upto: int
    stored: bool | None = None


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """Facts that stand or fall together; the first one's event id names them all."""

    customer: UUID
    facts: Sequence[Fact]
    claimed: int | None


class HandedIn(NamedTuple):
    """One thing as its sender hands it in: of an event, attributes or an order the form that is named after it here,
    as a mapping."""

    kind: SubmissionKind
    content: Any
    sender: Sender


class Submission(msgspec.Struct, gc=False):
    """One thing handed in. `fresh_id` names it where the sender gave no event id, on every retry the same;
    `rejection_id` where it was kept as a rejection and is handed in again. `attempt` is the last that may have stored
    it, as it was `admitted` then."""

    kind: SubmissionKind
    content: Any
    sender: Sender
    received_at: int
    fresh_id: UUID | None
    rejection_id: UUID | None = None
    attempt: Attempt | None = None
    admitted: Admitted | None = None


def submit(handed_in: tuple[SubmissionKind, Any, Sender], received_at: int, new_id: NewId) -> Submission:
    """Take something in at the door, where an event without an id gets one."""
    kind, content, sender = handed_in
    is_mapping = type(content) is dict  # which most are; that something is no `Mapping` takes long to find out
    if not is_mapping:
        if isinstance(content, Event):
            content = msgspec.structs.asdict(content)  # it was not checked when it was made: it is read as any other
        is_mapping = isinstance(content, Mapping)
    given = content.get("event_id") if is_mapping else None
    return Submission(kind, content, sender, received_at, new_id() if given is None else None)


def event_moments(claim: Any, received_at: int, parse: Callable[[object], int]) -> tuple[int, int | None, int | None]:
    """An event's time (µs), what its sender claimed, and that claim once more where it lies in the future. Raises
    `Rejected` (`invalid_time`)."""
    if claim is None:
        return received_at, None, None
    claimed = parse(claim if type(claim) is str or isinstance(claim, date) else _by_table_if_any(claim))
    return (received_at, claimed, claimed) if claimed > received_at else (claimed, claimed, None)


_T = TypeVar("_T")


def read(content: Any, shape: type[_T]) -> _T:
    """Something in the shape in which it is handed in. Raises `Rejected` (`invalid_event`)."""
    try:
        return msgspec.convert(content, shape)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        refused = Rejected(Reason.INVALID_EVENT, f"{error}")
    if isinstance(content, Mapping):
        fields = {_by_table_if_any(name): _by_table_if_any(value) for name, value in content.items()}
        try:
            return msgspec.convert(fields, shape)
        except (msgspec.ValidationError, UnicodeEncodeError):
            pass
    raise refused


def _by_table_if_any(value: Any) -> Any:
    try:
        return by_table(value)
    except (Unfit, RecursionError):
        return value
