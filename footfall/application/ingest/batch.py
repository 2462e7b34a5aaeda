"""One batch of decisions, taken on the states of its customers before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from ...domain.customer import INITIAL, SESSIONS_REMEMBERED, Customer, decide_and_evolve, evolve_by_ends
from ...domain.errors import Reason, Rejected
from ...domain.events import CustomerEvent, Fact, Recorded
from ...domain.past_sessions import Snapshot, put_back, snapshot
from ...domain.recognition import closed_to_anonymous, is_closed
from ...domain.sender import SERVER, Sender
from ...domain.session_ends import overdue_ends
from ...domain.sessions import Session
from .admission import Admitted
from .refused import Refused
from .same_content import same_content

SNAPSHOT_EVERY = 32

FactKey = tuple[UUID, UUID]


class CustomerDraft:
    """A customer's stream while a batch is decided: its state, with the `past` sessions that were put back into it, and
    the facts that are known by their event ids."""

    __slots__ = ("before", "known", "known_deadline", "past", "state")

    def __init__(self, state: Customer, past: Sequence[Session] | None) -> None:
        self.before, self.past = state, past
        self.state = put_back(state, past) if past else state
        self.known: dict[UUID, Fact] = {}
        self.known_deadline = state.next_deadline()

    def finish(self) -> Customer | Snapshot:
        """The state as it may be kept, or a snapshot where one is due: every `SNAPSHOT_EVERY` events; and where past
        sessions were asked for, so that what follows a snapshot never reaches behind it."""
        version, before = self.state.version, self.before.version
        if version == before:
            return self.before
        many = len(self.state.sessions) > SESSIONS_REMEMBERED + SNAPSHOT_EVERY
        if self.past is None and version // SNAPSHOT_EVERY == before // SNAPSHOT_EVERY and not many:
            return self.state
        return snapshot(self.state, self.past or (), SESSIONS_REMEMBERED)

    def earlier_deadline(self) -> int | None:
        """The first deadline, if nobody would look at the customer as early as that. What prolongs a session changes
        nothing: whoever looks then finds that there is more to wait for."""
        first = self.state.next_deadline()
        return first if first is not None and (self.known_deadline is None or first < self.known_deadline) else None


class Batch:
    """Collects what a batch writes: `events`, and the customers' states after it."""

    def __init__(
        self,
        states: Mapping[UUID, Customer],
        stored: Mapping[FactKey, Fact],
        past: Mapping[UUID, Sequence[Session]],
    ) -> None:
        self.events: list[Recorded[CustomerEvent]] = []
        self._drafts: dict[UUID, CustomerDraft] = {}
        self._before, self._past = states, past
        self._stored = stored
        for (customer, event_id), fact in stored.items():
            if customer in states:
                self._draft(customer).known[event_id] = fact

    def take(self, admitted: Admitted, sender: Sender = SERVER) -> bool:
        """Decide on one submission; False if it is stored already. Raises `Rejected` (`conflict`; `access_denied`, for
        a customer that is closed to the sender)."""
        draft = self._draft(admitted.customer)
        if sender is not SERVER and is_closed(draft.state, sender):
            if _is_the_same(draft.known, admitted):
                return False
            raise closed_to_anonymous()
        if draft.known and _is_known(draft.known, admitted):
            return False
        for fact in admitted.facts:
            draft.known[fact.event_id] = fact
            self._write(admitted.customer, draft, *decide_and_evolve(admitted.customer, draft.state, fact))
        return True

    def is_stored(self, refused: Refused, sender: Sender = SERVER) -> bool:
        """Whether something that is refused by now is stored already. Raises `Rejected` (`conflict`) where something
        else is, under its id; not for a customer that is closed to the sender, who does not learn of it."""
        ids = refused.ids()
        draft = self._drafts.get(ids[0][0]) if ids else None
        own = draft.known if draft else {}
        found = [own.get(key[1]) or self._stored.get(key) for key in ids]
        known = {fact.event_id: fact for fact in found if fact is not None}
        if known and is_closed(draft.state if draft else self._before.get(ids[0][0], INITIAL), sender):
            return refused.sent is not None and _is_the_same(known, refused.sent)
        if refused.sent is not None:
            return _is_known(known, refused.sent)
        if known:
            raise _conflict(ids[0][1])
        return False

    def end_sessions(self, customer: UUID, now: int, limit: int) -> int | None:
        """Announce the first `limit` ends that are due at `now` (µs); when to look again, None if no session is open.
        Of its past sessions that are open, `limit` or all were given."""
        draft = self._draft(customer)
        past = draft.past or ()
        all_given = len(past) < limit
        if all_given and draft.state.forgotten_open:
            draft.state = msgspec.structs.replace(draft.state, forgotten_open=False)
        ends = overdue_ends(customer, draft.state.sessions, now, limit)
        self._write(customer, draft, ends, evolve_by_ends(draft.state, ends))
        deadline = draft.state.next_deadline()
        if all_given:
            return deadline
        return past[-1].deadline if deadline is None else min(deadline, past[-1].deadline)

    def deadlines(self) -> dict[UUID, int]:
        """The customers that must be looked at earlier than was known before the batch, and when (µs)."""
        found = ((customer, draft.earlier_deadline()) for customer, draft in self._drafts.items())
        return {customer: deadline for customer, deadline in found if deadline is not None}

    def finish(self) -> tuple[dict[UUID, Customer], dict[UUID, Snapshot]]:
        """The states after the batch, and the snapshots that are due."""
        finished = {customer: draft.finish() for customer, draft in self._drafts.items()}
        snapshots = {customer: one for customer, one in finished.items() if isinstance(one, Snapshot)}
        states = {customer: one.state if isinstance(one, Snapshot) else one for customer, one in finished.items()}
        return states, snapshots

    def _draft(self, customer: UUID) -> CustomerDraft:
        draft = self._drafts.get(customer)
        if draft is None:
            draft = self._drafts[customer] = CustomerDraft(
                self._before.get(customer, INITIAL), self._past.get(customer)
            )
        return draft

    def _write(self, customer: UUID, draft: CustomerDraft, events: Sequence[CustomerEvent], after: Customer) -> None:
        version = draft.state.version
        for event in events:
            version += 1
            self.events.append(Recorded(customer, version, event))
        draft.state = after


def _is_known(known: Mapping[UUID, Fact], admitted: Admitted) -> bool:
    if _is_the_same(known, admitted):
        return True
    if any(fact.event_id in known for fact in admitted.facts):
        raise _conflict(admitted.facts[0].event_id)
    return False


def _is_the_same(known: Mapping[UUID, Fact], admitted: Admitted) -> bool:
    # Of an order, the charge holds all that its lines say; one whose lines are known came under another event id.
    first = admitted.facts[0]
    stored = known.get(first.event_id)
    return stored is not None and same_content(stored, first, admitted.claimed)


def _conflict(event_id: UUID) -> Rejected:
    return Rejected(Reason.CONFLICT, f"event {event_id} is stored with other content")
