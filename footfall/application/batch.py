"""One batch of submissions, decided against the states of its customers before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from ..domain.customer import NOBODY, Customer, decide, evolve, unabridged
from ..domain.errors import Reason, Rejected
from ..domain.events import CustomerEvent, Fact, Recorded
from .submissions import Admitted, same_content

SNAPSHOT_EVERY = 32

FactKey = tuple[UUID, UUID]


class Batch:
    """Collects what a batch writes: `events`, and the customers' `states` after it."""

    def __init__(
        self,
        states: Mapping[UUID, Customer],
        stored: Mapping[FactKey, Fact],
        history: Callable[[UUID], list[CustomerEvent]],
        timeout: int,
    ) -> None:
        self.events: list[Recorded[CustomerEvent]] = []
        self.states: dict[UUID, Customer] = {}
        self._before = states
        self._known: dict[FactKey, Fact] = dict(stored)
        self._history = history
        self._timeout = timeout
        self._recalled: set[UUID] = set()

    def take(self, admitted: Admitted) -> bool:
        """Decide on one submission; False if it is stored already. Raises `Rejected` (`conflict`)."""
        if self._is_known(admitted):
            return False
        for fact in admitted.facts:
            self._known[admitted.customer, fact.event_id] = fact
            self._decide(admitted.customer, fact)
        return True

    def finish(self) -> dict[UUID, Customer]:
        """Bound what the states remember; return those worth a snapshot: one every so many events, and one
        where a whole history had to be read, so that what follows a snapshot never reaches behind it."""
        self.states = {customer: state.abridged() for customer, state in self.states.items()}
        return {customer: state for customer, state in self.states.items() if self._deserves_snapshot(customer, state)}

    def _deserves_snapshot(self, customer: UUID, state: Customer) -> bool:
        before = self._before.get(customer, NOBODY)
        return customer in self._recalled or state.version // SNAPSHOT_EVERY > before.version // SNAPSHOT_EVERY

    def _is_known(self, admitted: Admitted) -> bool:
        stored = [self._known.get((admitted.customer, fact.event_id)) for fact in admitted.facts]
        if not any(stored):
            return False
        pairs = zip(stored, admitted.facts, strict=True)
        if all(known is not None and same_content(known, fact, admitted.claimed) for known, fact in pairs):
            return True
        raise Rejected(Reason.CONFLICT, f"event {admitted.facts[0].event_id} is stored with other content")

    def _decide(self, customer: UUID, fact: Fact) -> None:
        state = self.states.get(customer) or self._before.get(customer, NOBODY)
        if not state.remembers(fact, self._timeout):
            state = self._recall(customer, state)
        for event in decide(customer, state, fact, self._timeout):
            state = evolve(state, event, self._timeout)
            self.events.append(Recorded(customer, state.version, event))
        self.states[customer] = state

    def _recall(self, customer: UUID, state: Customer) -> Customer:
        pending = [recorded.event for recorded in self.events if recorded.originator_id == customer]
        self._recalled.add(customer)
        return unabridged(state, [*self._history(customer), *pending], self._timeout)
