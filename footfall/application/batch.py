"""One batch of submissions, decided against the states of its customers before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from ..domain.customer import NOBODY, Customer, handle
from ..domain.errors import Reason, Rejected
from ..domain.events import CustomerEvent, Fact, Recorded
from ..domain.history import unabridged
from .submissions import Admitted, same_content

SNAPSHOT_EVERY = 32

FactKey = tuple[UUID, UUID]


class _Stream:
    """A customer's stream while a batch is decided: its state, and the facts that are known by their event ids."""

    __slots__ = ("known", "recalled", "snapshots_due", "state")

    def __init__(self, state: Customer) -> None:
        self.state = state
        self.known: dict[UUID, Fact] = {}
        self.snapshots_due = state.version // SNAPSHOT_EVERY
        self.recalled = False

    def deserves_snapshot(self) -> bool:
        """Every so many events; and where a whole history had to be read, so that what follows a snapshot never
        reaches behind it."""
        return self.recalled or self.state.version // SNAPSHOT_EVERY > self.snapshots_due


class Batch:
    """Collects what a batch writes: `events`, and the customers' states after it."""

    def __init__(
        self,
        states: Mapping[UUID, Customer],
        stored: Mapping[FactKey, Fact],
        history: Callable[[UUID], list[CustomerEvent]],
        timeout: int,
    ) -> None:
        self.events: list[Recorded[CustomerEvent]] = []
        self._streams: dict[UUID, _Stream] = {}
        self._before = states
        self._history = history
        self._timeout = timeout
        for (customer, event_id), fact in stored.items():
            self._stream(customer).known[event_id] = fact

    def take(self, admitted: Admitted) -> bool:
        """Decide on one submission; False if it is stored already. Raises `Rejected` (`conflict`)."""
        stream = self._stream(admitted.customer)
        if stream.known and _is_known(stream, admitted):
            return False
        for fact in admitted.facts:
            stream.known[fact.event_id] = fact
            self._decide(admitted.customer, stream, fact)
        return True

    def finish(self) -> tuple[dict[UUID, Customer], dict[UUID, Customer]]:
        """The states after the batch, in bounds, and those of them that are worth a snapshot."""
        states = {customer: stream.state.abridged() for customer, stream in self._streams.items()}
        snapshots = {
            customer: states[customer] for customer, stream in self._streams.items() if stream.deserves_snapshot()
        }
        return states, snapshots

    def _stream(self, customer: UUID) -> _Stream:
        stream = self._streams.get(customer)
        if stream is None:
            stream = self._streams[customer] = _Stream(self._before.get(customer, NOBODY))
        return stream

    def _decide(self, customer: UUID, stream: _Stream, fact: Fact) -> None:
        state = stream.state
        if not state.remembers(fact, self._timeout):
            stream.recalled = True
            pending = [recorded.event for recorded in self.events if recorded.originator_id == customer]
            state = unabridged(state, [*self._history(customer), *pending], self._timeout)
        version = state.version
        events, stream.state = handle(customer, state, fact, self._timeout)
        for event in events:
            version += 1
            self.events.append(Recorded(customer, version, event))


def _is_known(stream: _Stream, admitted: Admitted) -> bool:
    stored = [stream.known.get(fact.event_id) for fact in admitted.facts]
    if not any(stored):
        return False
    pairs = zip(stored, admitted.facts, strict=True)
    if all(known is not None and same_content(known, fact, admitted.claimed) for known, fact in pairs):
        return True
    raise Rejected(Reason.CONFLICT, f"event {admitted.facts[0].event_id} is stored with other content")
