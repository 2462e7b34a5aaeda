"""One batch of decisions, taken on the states of its customers before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from ...domain.customer import INITIAL, SESSIONS_REMEMBERED, Customer, decide_all, evolve_by_ends
from ...domain.errors import Reason, Rejected
from ...domain.events import CustomerEvent, Fact
from ...domain.past_sessions import put_back, snapshot
from ...domain.recognition import closed_to_anonymous, is_closed
from ...domain.results import Result, Status, taken
from ...domain.sender import SERVER, Sender
from ...domain.session_ends import overdue_ends
from ...domain.sessions import Session
from ..ports.log import AppendTransaction, StreamAppend
from .refused import Refused
from .same_content import same_content
from .submissions import Admitted, Submission

SNAPSHOT_EVERY = 32

FactKey = tuple[UUID, UUID]

Admission = Admitted | Refused
"""What a submission is under the rules as they stand."""

_ACCEPTED, _DUPLICATE = Status.ACCEPTED, Status.DUPLICATE


class Written(NamedTuple):
    """What a batch wrote: events, of so many bytes as they are stored; and one of the customers."""

    customer: UUID | None
    events: int
    bytes: int


class CustomerDraft:
    """A customer's stream while a batch is decided: its `state`, with the `past` sessions that were put back into it,
    after the `events` that were decided; facts that are `taken` and not decided yet; and all that are `known`, by the
    integers of their event ids."""

    __slots__ = ("before", "customer", "events", "known", "known_deadline", "past", "state", "taken")

    def __init__(self, customer: UUID, state: Customer, past: Sequence[Session] | None) -> None:
        self.customer, self.before, self.past = customer, state, past
        self.state = put_back(state, past) if past else state
        self.events: list[CustomerEvent] = []
        self.taken: list[Fact] = []
        self.known: dict[int, Fact] = {}
        self.known_deadline = state.next_deadline()

    def decide(self) -> Customer:
        """Decide on what was taken, all of it together; the state after it."""
        if self.taken:
            events, self.state = decide_all(self.customer, self.state, self.taken)
            self.events += events
            self.taken = []
        return self.state

    @property
    def writes(self) -> bool:
        """Whether there is anything to be written."""
        return bool(self.taken or self.events)

    def decided(self) -> StreamAppend:
        """What is to be written. A snapshot is due every `SNAPSHOT_EVERY` events; and where past sessions were asked
        for, so that what follows a snapshot never reaches behind it."""
        state, before = self.decide(), self.before.version
        due = None
        many = len(state.sessions) > SESSIONS_REMEMBERED + SNAPSHOT_EVERY
        if self.past is not None or state.version // SNAPSHOT_EVERY != before // SNAPSHOT_EVERY or many:
            due = snapshot(state, self.past or (), SESSIONS_REMEMBERED)
            self.state = due.state
        return StreamAppend(self.customer, before, self.events, due, self._earlier_deadline(state))

    def _earlier_deadline(self, state: Customer) -> int | None:
        # Where nobody would look at the customer as early as that. What prolongs a session changes nothing: whoever
        # looks then finds that there is more to wait for.
        first = state.next_deadline()
        return first if first is not None and (self.known_deadline is None or first < self.known_deadline) else None


class Batch:
    """Collects what a batch writes, customer by customer, and the customers' states after it.

    Customers and events are looked up by the integers of their UUIDs: those Python hashes and compares in C.
    """

    def __init__(
        self,
        states: Mapping[int, Customer],
        stored: Mapping[FactKey, Fact],
        past: Mapping[UUID, Sequence[Session]],
    ) -> None:
        self._drafts: dict[int, CustomerDraft] = {}
        self._before, self._past = states, past
        self._stored = stored
        for (customer, event_id), fact in stored.items():
            if customer.int in states:
                self._draft(customer).known[event_id.int] = fact

    def answer(self, submission: Submission, admission: Admission) -> Result:
        """Decide on what was handed in, and say what becomes of it. What is stored is known by its id before any rule
        of today is asked."""
        if not isinstance(admission, Admitted):
            return self._recalled(submission, admission)
        event_id = admission.facts[0].event_id
        try:
            is_new = self.take(admission, submission.sender)
        except Rejected as why:
            return Result(Status.REJECTED, event_id, why.reason, why.detail)
        return taken(_ACCEPTED if is_new else _DUPLICATE, event_id)

    def _recalled(self, submission: Submission, refused: Refused) -> Result:
        event_id = refused.event_id
        try:
            if event_id is not None and self.is_stored(refused, submission.sender):
                return taken(_DUPLICATE, event_id)
        except Rejected as conflict:
            return Result(Status.REJECTED, event_id, conflict.reason, conflict.detail)
        return Result(Status.REJECTED, event_id, refused.reason, refused.detail)

    def take(self, admitted: Admitted, sender: Sender = SERVER) -> bool:
        """Decide on one submission; False if it is stored already. Raises `Rejected` (`conflict`; `access_denied`, for
        a customer that is closed to the sender)."""
        draft = self._draft(admitted.customer)
        if sender is not SERVER and is_closed(draft.decide(), sender):
            if _is_the_same(draft.known, admitted):
                return False
            raise closed_to_anonymous()
        known, facts = draft.known, admitted.facts
        if known and _is_known(known, admitted):
            return False
        for fact in facts:
            known[fact.event_id.int] = fact
        draft.taken += facts
        return True

    def is_stored(self, refused: Refused, sender: Sender = SERVER) -> bool:
        """Whether something that is refused by now is stored already. Raises `Rejected` (`conflict`) where something
        else is, under its id; not for a customer that is closed to the sender, who does not learn of it."""
        ids = refused.ids()
        draft = self._drafts.get(ids[0][0].int) if ids else None
        own = draft.known if draft else {}
        found = [own.get(key[1].int) or self._stored.get(key) for key in ids]
        known = {fact.event_id.int: fact for fact in found if fact is not None}
        if known and is_closed(draft.decide() if draft else self._before.get(ids[0][0].int, INITIAL), sender):
            return refused.sent is not None and _is_the_same(known, refused.sent)
        if refused.sent is not None:
            return _is_known(known, refused.sent)
        if known:
            raise _conflict(ids[0][1])
        return False

    def end_sessions(self, customer: UUID, now: int, limit: int) -> int | None:
        """Announce the first `limit` ends that are due at `now` (µs); when to look again, which is for the caller to
        write down, None if no session is open. Of its past sessions that are open, `limit` or all were given."""
        draft = self._draft(customer)
        past = draft.past or ()
        all_given = len(past) < limit
        if all_given and draft.state.forgotten_open:
            draft.state = msgspec.structs.replace(draft.state, forgotten_open=False)
        ends = overdue_ends(customer, draft.state.sessions, now, limit)
        draft.events += ends
        draft.state = evolve_by_ends(draft.state, ends)
        deadline = draft.state.next_deadline()
        if not all_given:
            deadline = past[-1].deadline if deadline is None else min(deadline, past[-1].deadline)
        draft.known_deadline = deadline
        return deadline

    def write(self, transaction: AppendTransaction) -> Written:
        """Decide on each customer as the turn comes, and write it."""
        drafts = {key: draft for key, draft in self._drafts.items() if draft.writes}
        if not drafts:
            return Written(None, 0, 0)
        with transaction.appending([draft.customer for draft in drafts.values()]) as appending:
            for customer in appending.customers:
                appending.write(drafts[customer.int].decided())
        return Written(appending.customers[0], sum([len(one.events) for one in drafts.values()]), appending.bytes)

    def states(self) -> list[tuple[UUID, Customer]]:
        """The customers' states after it, once it is written."""
        drafts = self._drafts.values()
        return [(draft.customer, draft.state if draft.writes else draft.before) for draft in drafts]

    def _draft(self, customer: UUID) -> CustomerDraft:
        key = customer.int
        draft = self._drafts.get(key)
        if draft is None:
            past = self._past.get(customer) if self._past else None
            draft = self._drafts[key] = CustomerDraft(customer, self._before.get(key, INITIAL), past)
        return draft


def _is_known(known: Mapping[int, Fact], admitted: Admitted) -> bool:
    for fact in admitted.facts:
        if fact.event_id.int in known:
            break
    else:
        return False
    if _is_the_same(known, admitted):
        return True
    raise _conflict(admitted.facts[0].event_id)


def _is_the_same(known: Mapping[int, Fact], admitted: Admitted) -> bool:
    # Of an order, the charge holds all that its lines say; one whose lines are known came under another event id.
    first = admitted.facts[0]
    stored = known.get(first.event_id.int)
    return stored is not None and same_content(stored, first, admitted.claimed)


def _conflict(event_id: UUID) -> Rejected:
    return Rejected(Reason.CONFLICT, f"event {event_id} is stored with other content")
