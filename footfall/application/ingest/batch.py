"""One batch of decisions, taken on the states of its customers before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from ...domain.customer import INITIAL, Customer, decide_and_evolve
from ...domain.errors import Reason, Rejected
from ...domain.events import CustomerEvent, Fact, Recorded
from ...domain.history import advance, unabridged
from ...domain.session_ends import overdue_ends
from .admission import Admitted, same_content

SNAPSHOT_EVERY = 32

FactKey = tuple[UUID, UUID]


class CustomerDraft:
    """A customer's stream while a batch is decided: its state, and the facts that are known by their event ids."""

    __slots__ = ("known", "known_deadline", "recalled", "snapshots_due", "state")

    def __init__(self, state: Customer) -> None:
        self.state = state
        self.known: dict[UUID, Fact] = {}
        self.snapshots_due = state.version // SNAPSHOT_EVERY
        self.known_deadline = state.next_deadline()
        self.recalled = False

    def deserves_snapshot(self) -> bool:
        """Every `SNAPSHOT_EVERY` events; and where a whole history was read, so that what follows a snapshot never
        reaches behind it."""
        return self.recalled or self.state.version // SNAPSHOT_EVERY > self.snapshots_due

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
        history: Callable[[UUID], list[CustomerEvent]],
    ) -> None:
        self.events: list[Recorded[CustomerEvent]] = []
        self._drafts: dict[UUID, CustomerDraft] = {}
        self._before = states
        self._history = history
        for (customer, event_id), fact in stored.items():
            self._draft(customer).known[event_id] = fact

    def take(self, admitted: Admitted) -> bool:
        """Decide on one submission; False if it is stored already. Raises `Rejected` (`conflict`)."""
        draft = self._draft(admitted.customer)
        if draft.known and _is_known(draft, admitted):
            return False
        for fact in admitted.facts:
            draft.known[fact.event_id] = fact
            self._decide(admitted.customer, draft, fact)
        return True

    def end_sessions(self, customer: UUID, now: int) -> int | None:
        """Announce the ends that are due at `now` (µs); when the next one will be, None if no session is open."""
        draft = self._draft(customer)
        if draft.state.forgotten_open:
            self._recall(customer, draft)
        ends = overdue_ends(customer, draft.state.sessions, now)
        self._write(customer, draft, ends, advance(draft.state, ends))
        return draft.state.next_deadline()

    def deadlines(self) -> dict[UUID, int]:
        """The customers that must be looked at earlier than was known before the batch, and when (µs)."""
        found = ((customer, draft.earlier_deadline()) for customer, draft in self._drafts.items())
        return {customer: deadline for customer, deadline in found if deadline is not None}

    def finish(self) -> tuple[dict[UUID, Customer], dict[UUID, Customer]]:
        """The states after the batch, in bounds, and those of them that are worth a snapshot."""
        states = {customer: draft.state.abridged() for customer, draft in self._drafts.items()}
        snapshots = {
            customer: states[customer] for customer, draft in self._drafts.items() if draft.deserves_snapshot()
        }
        return states, snapshots

    def _draft(self, customer: UUID) -> CustomerDraft:
        draft = self._drafts.get(customer)
        if draft is None:
            draft = self._drafts[customer] = CustomerDraft(self._before.get(customer, INITIAL))
        return draft

    def _decide(self, customer: UUID, draft: CustomerDraft, fact: Fact) -> None:
        if not draft.state.remembers(fact):
            self._recall(customer, draft)
        self._write(customer, draft, *decide_and_evolve(customer, draft.state, fact))

    def _recall(self, customer: UUID, draft: CustomerDraft) -> None:
        pending = [recorded.event for recorded in self.events if recorded.originator_id == customer]
        draft.state = unabridged(draft.state, [*self._history(customer), *pending])
        draft.recalled = True

    def _write(self, customer: UUID, draft: CustomerDraft, events: Sequence[CustomerEvent], after: Customer) -> None:
        version = draft.state.version
        for event in events:
            version += 1
            self.events.append(Recorded(customer, version, event))
        draft.state = after


def _is_known(draft: CustomerDraft, admitted: Admitted) -> bool:
    stored = [draft.known.get(fact.event_id) for fact in admitted.facts]
    if not any(stored):
        return False
    pairs = zip(stored, admitted.facts, strict=True)
    if all(known is not None and same_content(known, fact, admitted.claimed) for known, fact in pairs):
        return True
    raise Rejected(Reason.CONFLICT, f"event {admitted.facts[0].event_id} is stored with other content")
