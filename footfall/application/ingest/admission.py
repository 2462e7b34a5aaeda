"""What of a batch is admitted and becomes facts, what is refused, and what must be looked up before it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

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
from ...domain.customer import INITIAL, Customer
from ...domain.errors import Reason, Rejected
from ...domain.events import ActivityRecorded, AttributesUpdated
from ...domain.past_sessions import reaches
from ...domain.recognition import is_recognised, may_recognise
from ...domain.sender import Access
from ...domain.spans import Span, merged
from ..ports.vocabulary import SubmissionKind
from ..settings.known_settings import SettingsAt
from .batch import Admission, FactKey
from .refused import Refused, refused
from .rejections import KeptContent, keep_content
from .submissions import Admitted, Attributes, Event, Order, Submission, event_moments, read

_EVENT = SubmissionKind.EVENT  # in Python 3.11 a member is found by way of its class's `__getattr__`
_ANONYMOUS = Access.ANONYMOUS


class SortedBatch:
    """Submissions, each admitted or refused under the settings as they stand: `admissions`, in order.

    `admitted` are also what an earlier attempt of the same call was, and `was_tried` tells whether there was one.
    `customers` are those whose states are needed, by the integers of their uuids.
    """

    __slots__ = ("_anonymous", "_refused", "admissions", "admitted", "customers", "was_tried")

    def __init__(self, batch: Sequence[Submission], known: SettingsAt, written: list[KeptContent | None]) -> None:
        catalogue, timeout = known.catalogue, known.timeout
        self.admissions: list[Admission] = []
        self.admitted: list[Admitted] = []
        self._refused: list[Refused] = []
        self._anonymous: list[Admission] = []
        self.was_tried = False
        for at, submission in enumerate(batch):
            admission: Admission
            try:
                admission = admit(submission, catalogue, timeout)
            except Rejected as why:
                admission = refused(submission, why)
                self._refused.append(admission)
                # What may be very large is written down once, and while nobody waits for locks.
                written[at] = written[at] or keep_content(submission)
            else:
                self.admitted.append(admission)
            self.admissions.append(admission)
            if submission.sender.level is _ANONYMOUS:
                self._anonymous.append(admission)
            if submission.attempt is not None:
                self.was_tried = True
                self.admitted += [] if submission.admitted is None else [submission.admitted]
        self.customers = {one.customer.int: one.customer for one in self.admitted}
        if self._anonymous:
            self.customers |= {one.customer.int: one.customer for one in self._anonymous if one.customer is not None}

    def ids_to_look_up(self, states: Mapping[int, Customer], expected: bool) -> list[FactKey]:
        """The ids that must be known before it is decided: of all where some are `expected` to be stored, else of what
        is refused, which is never appended, and of what anonymous senders hand in for customers who are recognised, or
        may be by its end. Others are mostly new, and the append itself finds the rest."""
        ids = [(one.customer, fact.event_id) for one in self.admitted for fact in one.facts] if expected else []
        if self._refused:
            ids += [key for one in self._refused for key in one.ids()]
        if not self._anonymous:
            return ids
        recognised = {one.customer.int for one in self.admitted if any(map(may_recognise, one.facts))}
        admitted = [one for one in self._anonymous if isinstance(one, Admitted)]
        own = {one.customer.int for one in admitted}
        recognised.update(key for key in own if is_recognised(states.get(key, INITIAL)))
        return ids + [
            (one.customer, fact.event_id) for one in admitted if one.customer.int in recognised for fact in one.facts
        ]

    def late(self, states: Mapping[int, Customer]) -> dict[UUID, list[Span]]:
        """What activity reaches that is older than the sessions which its customer's state holds."""
        short = {key: state for key, state in states.items() if state.forgotten_until is not None}
        if not short:
            return {}
        reached: dict[UUID, list[Span]] = {}
        for one in self.admitted:
            state = short.get(one.customer.int)
            if state is not None:
                reached.setdefault(one.customer, []).extend(reaches(state, one.facts))
        return {customer: merged(spans) for customer, spans in reached.items() if spans}


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
