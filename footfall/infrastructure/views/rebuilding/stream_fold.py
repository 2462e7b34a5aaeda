"""Streams folded one after the other, each from its first event on: what a rebuild puts into new tables, and what the
views are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from ....projections.kept_rows import KeptRows
from ....projections.read_model import ReadModel, Row
from ....projections.row_checks import check_change
from ...database.column_types import unpacked
from ...log.codec import TOPICS
from ...log.dialects.statements import OrderedRow
from ...log.streams import CustomerEvents

MOST_AT_ONCE = 10_000
"""At most this many events of one customer are decoded and folded at once."""

_stream = itemgetter(1)
_TOPIC = 4
"""Where a row has its topic, and its state behind it."""


class Failure(NamedTuple):
    """A customer whose events a view could not take, from some of them on."""

    model: ReadModel
    customer: UUID
    events: CustomerEvents
    error: Exception


class StreamFold:
    """Folds rows of the log, which come in the order of streams and versions, into rows of views."""

    def __init__(self, models: Sequence[ReadModel]) -> None:
        self._models = models
        self._folding: dict[frozenset[str], list[ReadModel]] = {}
        self._held: list[OrderedRow] = []
        self._stream: int | None = None  # the one under way, of which a part was folded and more may come
        self._failed: set[str] = set()
        # The rows of the stream under way, which its next events may change.
        changing = [model for model in models if model.lookback_column is not None or model.key is not None]
        self._open = {model.name: KeptRows(model) for model in changing}
        self._rows: dict[str, list[Row]] = {model.name: [] for model in models}
        self._failures: list[Failure] = []

    def take(self, rows: Iterable[OrderedRow]) -> None:
        """Fold what follows; the last stream is held back, since more of it may come."""
        last: list[OrderedRow] = []
        for _, stream in groupby(chain(self._held, rows), key=_stream):
            if last:
                self._project(last, ends=True)
            last = list(stream)
        self._held = last
        while len(self._held) >= MOST_AT_ONCE:
            self._project(self._held[:MOST_AT_ONCE], ends=False)
            self._held = self._held[MOST_AT_ONCE:]

    def finish(self) -> None:
        """Fold what was held back."""
        if self._held:
            self._project(self._held, ends=True)
            self._held = []
        self._close()

    def drain(self) -> tuple[list[tuple[ReadModel, list[Row]]], list[Failure]]:
        """The rows that no later event can change, and the failures, since this was last asked."""
        rows = [(model, self._rows[model.name]) for model in self._models if self._rows[model.name]]
        self._rows = {model.name: [] for model in self._models}
        failures, self._failures = self._failures, []
        return rows, failures

    def _project(self, stream: Sequence[OrderedRow], *, ends: bool) -> None:
        partition, number, position, packed, *_ = stream[0]
        begins = number != self._stream
        if begins:
            self._close()
        # Nothing follows on one that is there from its first event to its last: its rows need not be kept apart.
        self._stream = None if begins and ends else number
        customer, events = unpacked(packed), CustomerEvents(partition, position)
        topics, states = list(zip(*stream, strict=True))[_TOPIC:]
        events.read_all(topics, states)
        for model in self._that_fold(frozenset(topics)):
            if model.name not in self._failed:
                self._project_into(model, customer, events)

    def _that_fold(self, topics: frozenset[str]) -> list[ReadModel]:
        # All of them where a topic is one that nobody knows: it must be looked at.
        found = self._folding.get(topics)
        if found is None:
            known = topics <= TOPICS
            found = [model for model in self._models if not known or not topics.isdisjoint(model.topics)]
            self._folding[topics] = found
        return found

    def _project_into(self, model: ReadModel, customer: UUID, events: CustomerEvents) -> None:
        kept = None if self._stream is None else self._open.get(model.name)
        try:
            # A stream of a million events has very many rows, of which the next ones reach few.
            rows = kept.within(model.spans(events.readable)) if kept else ()
            change = model.fold(customer, rows, events.events)
            if not model.fits:
                check_change(model, change)
        except Exception as error:
            if self._stream is not None:  # its next events will come
                self._failed.add(model.name)
            self._failures.append(Failure(model, customer, events, error))
        else:
            if kept is None:
                self._rows[model.name] += change.added
            else:
                kept.change(change)

    def _close(self) -> None:
        if self._stream is None:
            return
        for name, kept in self._open.items():
            self._rows[name] += kept.drain()
        self._failed.clear()
        self._stream = None
