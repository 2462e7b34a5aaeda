"""What senders hand in (an event, attributes, an order) and how it becomes facts, or is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from ...domain import moments, orders
from ...domain import params_shortcut as params
from ...domain.admission_rules import admit as admit_event
from ...domain.admission_rules import (
    check_leaves_recognised,
    check_names,
    check_params,
    check_sets_attributes,
    is_activity,
)
from ...domain.catalogue import Catalogue
from ...domain.errors import Reason, Rejected
from ...domain.events import ActivityRecorded, AttributesUpdated, Fact
from ...domain.json_values import Unfit, by_table
from ...domain.sender import Sender
from ..ports.vocabulary import NewId, SubmissionKind

_EVENT = SubmissionKind.EVENT  # in Python 3.11 a member is found by way of its class's `__getattr__`


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
    if isinstance(content, Event):
        content = msgspec.structs.asdict(content)  # a struct is not checked when it is made, so it is read as any other
    given = content.get("event_id") if isinstance(content, Mapping) else None
    return Submission(kind, content, sender, received_at, new_id() if given is None else None)


def admit(submission: Submission, catalogue: Catalogue, timeout: int) -> Admitted:
    """Turn a submission into facts, under the catalogue and the session timeout (µs) as they stand. Raises `Rejected`
    with the rule that refuses it."""
    if submission.kind is _EVENT:
        return _admit_event(submission, catalogue, timeout)
    if submission.kind is SubmissionKind.ATTRIBUTES:
        return _admit_attributes(submission)
    return _admit_order(submission, catalogue, timeout)


def _admit_event(submission: Submission, catalogue: Catalogue, timeout: int) -> Admitted:
    event = read(submission.content, Event)
    action = event.named_action()
    definition = admit_event(catalogue, action, event.uuid, submission.sender)
    check_names(submission.sender, event.event_id)
    given = params.plain(event.params or {})
    check_params(definition, given)
    time, claimed, later = event_moments(event.time, submission.received_at, moments.parse_event_time)
    fact = ActivityRecorded(
        time,
        submission.received_at,
        event.event_id or submission.fresh_id,  # type: ignore[arg-type]  # one of the two is there, see `submit`
        action,
        given,
        is_activity(definition, given),
        later,
        timeout,
    )
    return Admitted(event.uuid, (fact,), claimed)


def _admit_attributes(submission: Submission) -> Admitted:
    update = read(submission.content, Attributes)
    check_sets_attributes(submission.sender, update.uuid)
    check_names(submission.sender, update.event_id)
    if not update.attributes:
        raise Rejected(Reason.INVALID_PARAMS, "no attributes are given")
    given = params.plain(update.attributes, "attributes")
    check_leaves_recognised(submission.sender, given)
    time, claimed, later = event_moments(update.time, submission.received_at, moments.parse_event_time)
    event_id: UUID = update.event_id or submission.fresh_id  # type: ignore[assignment]
    fact = AttributesUpdated(time, submission.received_at, event_id, given, later)
    return Admitted(update.uuid, (fact,), claimed)


def _admit_order(submission: Submission, catalogue: Catalogue, timeout: int) -> Admitted:
    order = read(submission.content, Order)
    time, claimed, later = event_moments(order.time, submission.received_at, moments.parse_event_time)
    check_names(submission.sender, order.event_id)
    facts = []
    for event in orders.order_events(order.uuid, order.order_id, order.items, order.charge(), order.event_id):
        definition = admit_event(catalogue, event.action, order.uuid, submission.sender, order=True)
        identity, action, given = event
        check_params(definition, given)
        fact = ActivityRecorded(
            time, submission.received_at, identity, action, given, is_activity(definition, given), later, timeout
        )
        facts.append(fact)
    return Admitted(order.uuid, facts, claimed)


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
