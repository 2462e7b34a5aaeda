"""One batch of decisions, taken on the states of its customers before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from ..domain.announcements import ends_due
from ..domain.customer import NOBODY, Customer, handle
from ..domain.errors import Reason, Rejected
from ..domain.events import CustomerEvent, Fact, Recorded
from ..domain.history import advance, unabridged
from .submissions import Admitted, same_content

SNAPSHOT_EVERY = 32

FactKey = tuple[UUID, UUID]


class _Stream:
    """A customer's stream while a batch is decided: its state, and the facts that are known by their event ids."""

    __slots__ = ("known", "looked_at", "recalled", "snapshots_due", "state")

    def __init__(self, state: Customer) -> None:
        self.state = state
        self.known: dict[UUID, Fact] = {}
        self.snapshots_due = state.version // SNAPSHOT_EVERY
        self.looked_at = state.next_deadline()
        self.recalled = False

    def deserves_snapshot(self) -> bool:
        """Every so many events; and where a whole history had to be read, so that what follows a snapshot never
        reaches behind it."""
        return self.recalled or self.state.version // SNAPSHOT_EVERY > self.snapshots_due

    def earlier_deadline(self) -> int | None:
        """The first deadline, if nobody would look at the customer as early as that. What prolongs a session changes
        nothing: whoever looks then finds that there is more to wait for."""
        first = self.state.next_deadline()
        return first if first is not None and (self.looked_at is None or first < self.looked_at) else None


class Batch:
    """Collects what a batch writes: `events`, and the customers' states after it."""

    def __init__(
        self,
        states: Mapping[UUID, Customer],
        stored: Mapping[FactKey, Fact],
        history: Callable[[UUID], list[CustomerEvent]],
    ) -> None:
        self.events: list[Recorded[CustomerEvent]] = []
        self._streams: dict[UUID, _Stream] = {}
        self._before = states
        self._history = history
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

    def end_sessions(self, customer: UUID, now: int) -> int | None:
        """Announce the ends that are due at `now` (µs); when the next one will be, None if no session is open."""
        stream = self._stream(customer)
        if stream.state.forgotten_open:
            self._recall(customer, stream)
        ends = ends_due(customer, stream.state.sessions, now)
        self._write(customer, stream, ends, advance(stream.state, ends))
        return stream.state.next_deadline()

    def deadlines(self) -> dict[UUID, int]:
        """The customers that must be looked at earlier than was known before the batch, and when (µs)."""
        found = ((customer, stream.earlier_deadline()) for customer, stream in self._streams.items())
        return {customer: deadline for customer, deadline in found if deadline is not None}

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
        if not stream.state.remembers(fact):
            self._recall(customer, stream)
        self._write(customer, stream, *handle(customer, stream.state, fact))

    def _recall(self, customer: UUID, stream: _Stream) -> None:
        pending = [recorded.event for recorded in self.events if recorded.originator_id == customer]
        stream.state = unabridged(stream.state, [*self._history(customer), *pending])
        stream.recalled = True

    def _write(self, customer: UUID, stream: _Stream, events: Sequence[CustomerEvent], after: Customer) -> None:
        version = stream.state.version
        for event in events:
            version += 1
            self.events.append(Recorded(customer, version, event))
        stream.state = after


def _is_known(stream: _Stream, admitted: Admitted) -> bool:
    stored = [stream.known.get(fact.event_id) for fact in admitted.facts]
    if not any(stored):
        return False
    pairs = zip(stored, admitted.facts, strict=True)
    if all(known is not None and same_content(known, fact, admitted.claimed) for known, fact in pairs):
        return True
    raise Rejected(Reason.CONFLICT, f"event {admitted.facts[0].event_id} is stored with other content")
