"""What senders hand in (an event, attributes, an order) and how it becomes facts, or is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from ...domain import moments, orders
from ...domain import params_shortcut as params
from ...domain.admission_rules import admit as admit_event
from ...domain.admission_rules import check_params, check_speaks_for
from ...domain.catalogue import Catalogue
from ...domain.errors import Reason, Rejected
from ...domain.events import ActivityRecorded, AttributesUpdated, Fact
from ...domain.sender import Sender
from ..ports.vocabulary import NewId, SubmissionKind


class Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An activity event as senders write it; only `uuid` and `action` are required."""

    uuid: UUID
    action: str
    params: dict[str, Any] | None = None
    time: Any = None
    event_id: UUID | None = None


class Attributes(msgspec.Struct, forbid_unknown_fields=True):
    """An update of attributes as the embedding backend writes it."""

    uuid: UUID
    attributes: dict[str, Any]
    time: Any = None
    event_id: UUID | None = None


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """An order as the transactions call takes it."""

    uuid: UUID
    order_id: str
    items: list[dict[str, Any]]
    charge: dict[str, Any] = {}
    time: Any = None


class Attempt(msgspec.Struct, gc=False):
    """A transaction that came to its commit, of which perhaps no answer came. If it was `stored` (None: nobody has
    looked), the partition holds events after one position and up to another, and all of them are its own."""

    partition: int
    after: int
    upto: int
    stored: bool | None = None


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """Facts that stand or fall together; the first one's event id names them all."""

    customer: UUID
    facts: Sequence[Fact]
    claimed: int | None


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


def submit(kind: SubmissionKind, content: Any, sender: Sender, received_at: int, new_id: NewId) -> Submission:
    """Take something in at the door, where an event without an id gets one."""
    if isinstance(content, Event):
        content = msgspec.structs.asdict(content)  # a struct is not checked when it is made, so it is read as any other
    given = content.get("event_id") if isinstance(content, Mapping) else None
    return Submission(kind, content, sender, received_at, new_id() if given is None else None)


def admit(submission: Submission, catalogue: Catalogue, timeout: int) -> Admitted:
    """Turn a submission into facts, under the catalogue and the session timeout (µs) as they stand. Raises `Rejected`
    with the rule that refuses it."""
    if submission.kind is SubmissionKind.EVENT:
        return _admit_event(submission, catalogue, timeout)
    if submission.kind is SubmissionKind.ATTRIBUTES:
        return _admit_attributes(submission)
    return _admit_order(submission, catalogue, timeout)


def _admit_event(submission: Submission, catalogue: Catalogue, timeout: int) -> Admitted:
    event = _read(submission.content, Event)
    definition = admit_event(catalogue, event.action, event.uuid, submission.sender)
    given = event.params or {}
    params.check(given)
    check_params(definition, given)
    time, claimed, later = _moments(event.time, submission.received_at)
    fact = ActivityRecorded(
        time,
        submission.received_at,
        event.event_id or submission.fresh_id,  # type: ignore[arg-type]  # one of the two is there, see `submit`
        event.action,
        given,
        definition.session_activity,
        later,
        timeout,
    )
    return Admitted(event.uuid, (fact,), claimed)


def _admit_attributes(submission: Submission) -> Admitted:
    update = _read(submission.content, Attributes)
    check_speaks_for(submission.sender, update.uuid)
    if not update.attributes:
        raise Rejected(Reason.INVALID_PARAMS, "no attributes are given")
    params.check(update.attributes)
    time, claimed, later = _moments(update.time, submission.received_at)
    event_id: UUID = update.event_id or submission.fresh_id  # type: ignore[assignment]
    fact = AttributesUpdated(time, submission.received_at, event_id, update.attributes, later)
    return Admitted(update.uuid, (fact,), claimed)


def _admit_order(submission: Submission, catalogue: Catalogue, timeout: int) -> Admitted:
    order = _read(submission.content, Order)
    time, claimed, later = _moments(order.time, submission.received_at)
    facts = []
    for event in orders.order_events(order.uuid, order.order_id, order.items, order.charge):
        definition = admit_event(catalogue, event.action, order.uuid, submission.sender, order=True)
        params.check(event.params)
        check_params(definition, event.params)
        identity, action, given = event
        fact = ActivityRecorded(
            time, submission.received_at, identity, action, given, definition.session_activity, later, timeout
        )
        facts.append(fact)
    return Admitted(order.uuid, facts, claimed)


def _moments(claim: Any, received_at: int) -> tuple[int, int | None, int | None]:
    # The event's time, what the sender claimed, and that claim once more where it lies in the future.
    if claim is None:
        return received_at, None, None
    claimed = moments.parse(claim)
    return (received_at, claimed, claimed) if claimed > received_at else (claimed, claimed, None)


_T = TypeVar("_T")


def _read(content: Any, shape: type[_T]) -> _T:
    try:
        return msgspec.convert(content, shape)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise Rejected(Reason.INVALID_EVENT, f"{error}") from None


def same_content(stored: Fact, sent: Fact, claimed: int | None) -> bool:
    """Whether a stored fact says what is sent again under its id; when it was received does not matter."""
    if type(stored) is not type(sent) or stored.action != sent.action:
        return False
    if claimed is None:
        same_time = stored.time == stored.received_at and stored.claimed_time is None
    else:
        same_time = claimed == (stored.time if stored.claimed_time is None else stored.claimed_time)
    return same_time and _body(stored) == _body(sent)


def _body(fact: Fact) -> bytes:
    # Encoded, because Python holds 1, 1.0 and True for equal.
    body = fact.params if isinstance(fact, ActivityRecorded) else fact.attributes
    return msgspec.msgpack.encode(body, order="deterministic")
