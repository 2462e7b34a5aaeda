"""What a log in memory holds. A transaction changes a copy, which takes the place of the original when it commits."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from ..application.ports.errors import AppendConflict
from ..application.ports.log import CATALOGUE_PARTITION
from ..application.ports.vocabulary import Rejection, RejectionBounds
from ..domain.customer import INITIAL, Customer
from ..domain.errors import Reason
from ..domain.events import Recorded, SessionAnnouncement
from ..domain.history import advance
from ..domain.past_sessions import Snapshot
from ..domain.sessions import Session
from ..domain.spans import Span

# Kept as bytes, so that nobody can change what is stored by changing what was handed in or read.
_pack = msgspec.msgpack.encode
_unpack = msgspec.msgpack.decode
_deadline = attrgetter("deadline")


class StoredEvent(NamedTuple):
    """An event with its place: the partition, the position in the log, the stream and the number there."""

    partition: int
    position: int
    stream: UUID
    version: int
    kind: type[Any]
    packed: bytes

    @property
    def event(self) -> Any:
        """A copy of what was appended."""
        return _unpack(self.packed, type=self.kind)


class PastSession(NamedTuple):
    """A session that its customer's newest snapshot leaves out."""

    deadline: int
    ended: bool
    packed: bytes

    @property
    def session(self) -> Session:
        """A copy of what was stored."""
        return _unpack(self.packed, type=Session)


class Contents:
    """Events in the order of the log and by stream, snapshots, past sessions, deadlines (µs) and rejections."""

    def __init__(self) -> None:
        self.rows: list[StoredEvent] = []
        self.streams: dict[UUID, list[StoredEvent]] = {}
        self.heads: dict[int, int] = {}
        self.snapshots: dict[UUID, bytes] = {}
        self.past: dict[UUID, list[PastSession]] = {}
        self.deadlines: dict[UUID, int] = {}
        self.rejections: dict[UUID, Rejection] = {}
        self.last_rejection = self.rejections_let_go = 0
        self._taken: dict[tuple[object, ...], StoredEvent] = {}

    @property
    def position(self) -> int:
        """The last position of the whole log."""
        return self.rows[-1].position if self.rows else 0

    def copy(self) -> Contents:
        """The same, to be changed apart."""
        other = Contents()
        for name, value in vars(self).items():
            setattr(other, name, value.copy() if hasattr(value, "copy") else value)
        return other

    def append(self, partition: int, events: Iterable[Recorded[Any]]) -> None:
        """Write events of one partition. Raises `AppendConflict` where a version or an event id is taken."""
        touched: dict[UUID, list[StoredEvent]] = {}
        for recorded in events:
            stream, version, event = recorded.originator_id, recorded.originator_version, recorded.event
            row = StoredEvent(partition, self.position + 1, stream, version, type(event), _pack(event))
            for key in _unique(partition, recorded):
                if self._taken.setdefault(key, row) is not row:
                    raise AppendConflict(f"version {version} of stream {stream} or its event's id is taken")
            self.rows.append(row)
            touched.setdefault(stream, []).append(row)
        for stream, added in touched.items():
            self.heads[partition] = added[-1].position
            # A list of its own, for the one that is there is also the original's.
            self.streams[stream] = [*self.streams.get(stream, ()), *added]

    def after(self, position: int) -> list[StoredEvent]:
        """The events of the log after a position."""
        return self.rows[position:]  # positions are counted from 1 and have no gaps

    def fact(self, customer: UUID, event_id: UUID) -> Any:
        """The fact that is stored under an event id, if any."""
        row = self._taken.get((customer, event_id, False))
        return None if row is None else row.event

    def history(self, stream: UUID) -> list[Any]:
        """A whole stream in its order."""
        return [row.event for row in self.streams.get(stream, ())]

    def state(self, customer: UUID) -> Customer:
        """A customer's state from the snapshot, if any, and what followed."""
        state = self.snapshot(customer)
        return advance(state, (row.event for row in self.streams.get(customer, ()) if row.version > state.version))

    def snapshot(self, customer: UUID) -> Customer:
        """A customer's newest snapshot, or the state before any event."""
        packed = self.snapshots.get(customer)
        return INITIAL if packed is None else _unpack(packed, type=Customer)

    def save_snapshot(self, customer: UUID, snapshot: Snapshot) -> None:
        """Write a snapshot in place of the one that was there, and change the past sessions that belong to it."""
        state, change = snapshot
        self.snapshots[customer] = _pack(state)
        if change.removed or change.added:
            gone = set(change.removed)
            stay = [] if change.anew else [one for one in self.past.get(customer, ()) if one.deadline not in gone]
            come = [PastSession(one.deadline, one.end_announced, _pack(one)) for one in change.added]
            # A list of its own, for the one that is there is also the original's.
            self.past[customer] = sorted([*stay, *come])

    def past_sessions(self, customer: UUID, spans: Iterable[Span]) -> list[Session]:
        """The past sessions with a deadline in spans, and the first one after each span: sorted, none twice."""
        past = self.past.get(customer, [])
        reached: set[int] = set()
        for since, until in spans:
            low, high = (find(past, at, key=_deadline) for find, at in ((bisect_left, since), (bisect_right, until)))
            reached.update(range(low, min(high + 1, len(past))))
        return [past[at].session for at in sorted(reached)]

    def open_past_sessions(self, customer: UUID, limit: int) -> list[Session]:
        """The first `limit` past sessions whose end is not announced, sorted."""
        return [one.session for one in islice((one for one in self.past.get(customer, ()) if not one.ended), limit)]

    def keep(self, refused: Sequence[Rejection], bounds: RejectionBounds) -> None:
        """Keep rejections, each once and with its newest reason, and let go of what is beyond the bounds."""
        for one in {one.rejection_id: one for one in refused}.values():
            known = self.rejections.get(one.rejection_id)
            if known is None:
                self.last_rejection += 1
                self.rejections[one.rejection_id] = one._replace(number=self.last_rejection)
            else:
                self.rejections[one.rejection_id] = known._replace(reason=one.reason, detail=one.detail)
        if refused:
            self.let_rejections_go(bounds, max(one.received_at for one in refused))

    def forget_rejections(self, reason: Reason | None, before: int | None) -> int:
        """Forget what is kept, of a reason or received before a moment (µs) where one is given; returns how many."""
        chosen = [
            one.rejection_id
            for one in self.rejections.values()
            if reason in (None, one.reason) and (before is None or one.received_at < before)
        ]
        for rejection_id in chosen:
            del self.rejections[rejection_id]
        return len(chosen)

    def let_rejections_go(self, bounds: RejectionBounds, now: int) -> int:
        """Forget what is kept beyond the bounds at `now` (µs), and count it; returns how many."""
        before = len(self.rejections)
        self.forget_rejections(None, bounds.keep_from(now))
        for rejection_id in list(self.rejections)[: max(0, len(self.rejections) - bounds.number)]:
            del self.rejections[rejection_id]
        gone = before - len(self.rejections)
        self.rejections_let_go += gone
        return gone


def _unique(partition: int, recorded: Recorded[Any]) -> list[tuple[object, ...]]:
    # Facts and announcements have unique ids each among themselves; what is in the catalogue has none.
    stream, event = recorded.originator_id, recorded.event
    version = (stream, recorded.originator_version)
    if partition == CATALOGUE_PARTITION:
        return [version]
    return [version, (stream, event.event_id, isinstance(event, SessionAnnouncement))]
