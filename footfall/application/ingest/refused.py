"""What a rule of today refuses, and what it says all the same: it may be stored already, from before the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from ...domain import moments
from ...domain import params_shortcut as params
from ...domain.admission_rules import may_write_for
from ...domain.errors import Reason, Rejected
from ...domain.events import ActivityRecorded, AttributesUpdated
from ...domain.orders import charge_id, order_events
from ..ports.vocabulary import SubmissionKind
from .submissions import Admitted, Attributes, Event, Order, Submission, event_moments, read


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A submission that is refused, with its event id where one can be read.

    It does not hold the error: that leads to the frames it came through, and so back here, in a circle which the
    garbage collector could not see, for it does not look into what is made in such numbers.

    `customer` is whose stream may hold it; None where nothing can, and where the sender must not learn what it holds.
    `sent` is what it says, as facts; None where it says nothing that was ever stored.
    """

    reason: Reason
    detail: str
    event_id: UUID | None
    customer: UUID | None = None
    sent: Admitted | None = None

    def ids(self) -> list[tuple[UUID, UUID]]:
        """The (customer, event id) under which it may be stored."""
        if self.customer is None or self.event_id is None:
            return []
        if self.sent is None:
            return [(self.customer, self.event_id)]
        return [(self.customer, fact.event_id) for fact in self.sent.facts]


def refused(submission: Submission, why: Rejected) -> Refused:
    """What is to be known of a submission that is refused."""
    event_id, customer = _event_id(submission), uuid_in(submission.content, "uuid")
    if event_id is None or customer is None or not may_write_for(submission.sender, customer):
        return Refused(why.reason, why.detail, event_id)
    if event_id == submission.fresh_id:
        return Refused(why.reason, why.detail, event_id)  # it was made at the door just now
    try:
        sent = _SENT[submission.kind](submission, event_id)
    except Rejected:
        sent = None
    return Refused(why.reason, why.detail, event_id, customer, sent)


def uuid_in(content: Any, name: str) -> UUID | None:
    """The UUID of this name in what was handed in, where there is one to be read."""
    value = content.get(name) if isinstance(content, Mapping) else None
    try:
        return None if value is None else msgspec.convert(value, UUID)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


def _event_id(submission: Submission) -> UUID | None:
    content = submission.content
    given = uuid_in(content, "event_id")
    if given is not None or submission.kind is not SubmissionKind.ORDER:
        return given or submission.fresh_id
    customer = uuid_in(content, "uuid")
    try:
        return None if customer is None else charge_id(customer, msgspec.convert(content.get("order_id"), str))
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


# The facts that it would have been, whatever the rules are: neither marks nor timeouts are compared.


def _sent_event(submission: Submission, event_id: UUID) -> Admitted:
    event = read(submission.content, Event)
    time, claimed, later = _moments(event.time, submission)
    given = params.plain(event.params or {})
    fact = ActivityRecorded(time, submission.received_at, event_id, event.named_action(), given, False, later)
    return Admitted(event.uuid, (fact,), claimed)


def _sent_attributes(submission: Submission, event_id: UUID) -> Admitted:
    update = read(submission.content, Attributes)
    time, claimed, later = _moments(update.time, submission)
    given = params.plain(update.attributes, "attributes")
    return Admitted(update.uuid, (AttributesUpdated(time, submission.received_at, event_id, given, later),), claimed)


def _sent_order(submission: Submission, event_id: UUID) -> Admitted:
    order = read(submission.content, Order)
    time, claimed, later = _moments(order.time, submission)
    events = order_events(order.uuid, order.order_id, order.items, order.charge(), event_id)
    facts = [
        ActivityRecorded(time, submission.received_at, identity, action, given, False, later)
        for identity, action, given in events
    ]
    return Admitted(order.uuid, facts, claimed)


def _moments(claim: Any, submission: Submission) -> tuple[int, int | None, int | None]:
    return event_moments(claim, submission.received_at, moments.parse_loosely)


_SENT: dict[SubmissionKind, Callable[[Submission, UUID], Admitted]] = {
    SubmissionKind.EVENT: _sent_event,
    SubmissionKind.ATTRIBUTES: _sent_attributes,
    SubmissionKind.ORDER: _sent_order,
}
