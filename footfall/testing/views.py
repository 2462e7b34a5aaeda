"""The views in memory: folded from the log, read together, made anew, compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from threading import RLock
from typing import Any
from uuid import UUID

import msgspec

from ..application.ports.log import CATALOGUE_PARTITION
from ..application.ports.vocabulary import Clock
from ..application.reading.operation_answers import (
    Difference,
    ParkedRow,
    ProjectionStatus,
    Verification,
    ViewComparison,
)
from ..application.running.counters import Counters
from ..application.running.forks import at_fork
from ..application.running.progress import Progress, Stopping, never, silent
from ..application.running.tracing import UNTRACED, Attributes, Untraced, told_of_read, told_of_rebuild
from ..domain.errors import InvalidArgument
from ..domain.moments import to_datetime
from ..projections.read_model import Answer, Query, ReadModel, check_models, find_model
from .answers import answer
from .contents import StoredEvent
from .log import InMemoryLog
from .view import View

SHOWN_DIFFERENCES = 20


class InMemoryViews:
    """All views of a log in memory. A read catches up first unless it says otherwise, as on SQLite."""

    def __init__(
        self,
        log: InMemoryLog,
        clock: Clock,
        models: Sequence[ReadModel],
        counters: Counters | None = None,
        tracing: Untraced = UNTRACED,
    ) -> None:
        self._log, self._clock, self._models = log, clock, check_models(models)
        self._views = {model.name: View(model) for model in models}
        self._lock, self._counters = RLock(), counters
        self._asked = tracing.around("footfall.read", self._ask, told_of_read)
        self._refill = tracing.around("footfall.rebuild", self._put_in_place, told_of_rebuild)
        self._fold_new = tracing.around("footfall.catch_up", self._catch_up, _told)
        at_fork(self._in_child)

    def _in_child(self) -> None:
        if not self._lock.acquire(blocking=False):  # another thread may have folded by half
            self._views = {model.name: View(model) for model in self._models}
        self._lock = RLock()

    def model(self, name: str) -> ReadModel:
        """The read model of a view. Raises `UnknownView`."""
        return find_model(self._models, name)

    def ask(self, query: Query[Answer], fresh: bool | None) -> Answer:
        """The answer to a question; they catch up first, unless `fresh` is False."""
        found: Answer = self._asked(query, fresh)
        return found

    def _ask(self, query: Query[Any], fresh: bool | None) -> Any:
        with self._lock:
            if fresh is not False:
                self.catch_up()
            return answer(query, self._views, self._log)

    def catch_up(self, progress: Progress = silent, stopping: Stopping = never, *, wait: bool = True) -> int:
        """Bring every view to the head of the log; returns how many rows of it were folded."""
        with self._lock:
            if stopping():
                return 0
            by_position = sorted(self._views.values(), key=attrgetter("position"))
            new = self._customers_events(by_position[0].position)
            folded = self._fold_new(by_position, new) if new else 0
        if folded:
            progress(folded)
        return folded

    def _catch_up(self, by_position: Sequence[View], new: Sequence[StoredEvent]) -> int:
        for position, together in groupby(by_position, key=attrgetter("position")):
            self._fold(list(together), [row for row in new if row.position > position])
        if self._counters is not None:
            self._counters.folded(len(new))
        return len(new)

    def rebuild(
        self, view: str | None, progress: Progress = silent, workers: int = 1, *, fork: bool = False
    ) -> list[str]:
        """Fill a view (or all) anew from the log; returns the names. Raises `UnknownView`."""
        check_workers(workers)
        models = self._models if view is None else [find_model(self._models, view)]
        self._refill(models, progress)
        return [model.name for model in models]

    def _put_in_place(self, models: Sequence[ReadModel], progress: Progress) -> None:
        with self._lock:
            filled = self._filled(models, progress)
            self._views |= {one.model.name: one for one in filled}

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""
        with self._lock:
            self.catch_up()
            folded = self._filled(self._models, progress, self._views)
            comparisons = [_compare(self._views[one.model.name], one) for one in folded]
            parked = self.parked()
        return Verification(not parked and not any(one.differing for one in comparisons), comparisons, parked)

    def redrive(self) -> list[tuple[ParkedRow, bool]]:
        """Take parked customers up again; tells for each whether it is healed."""
        with self._lock:
            return [(one, self._take_up(self._views[one.projection], UUID(one.uuid))) for one in self.parked()]

    def parked(self) -> list[ParkedRow]:
        """Everyone who is parked, the longest waiting first."""
        rows = [
            ParkedRow(name, str(customer), parked.position, to_datetime(parked.parked_at), parked.error)
            for name, view in self._views.items()
            for customer, parked in view.parked.items()
        ]
        return sorted(rows, key=attrgetter("parked_at", "projection"))

    def progress(self) -> list[ProjectionStatus]:
        """How far each view is."""
        return [
            ProjectionStatus(name, view.position, len(self._customers_events(view.position)))
            for name, view in self._views.items()
        ]

    def _customers_events(self, position: int) -> list[StoredEvent]:
        return [row for row in self._log.contents.after(position) if row.partition != CATALOGUE_PARTITION]

    def _fold(self, views: Sequence[View], rows: Sequence[StoredEvent], like: Mapping[str, View] | None = None) -> None:
        # `like` views that are there: of a customer who is parked in one, no more than what that one has taken.
        topics = frozenset().union(*(view.model.topics for view in views))
        for view in views:
            view.take(_taken(rows, like[view.model.name]) if like else rows, topics, self._clock)
            view.position = rows[-1].position if rows else view.position

    def _filled(
        self, models: Sequence[ReadModel], progress: Progress, like: Mapping[str, View] | None = None
    ) -> list[View]:
        views, rows = [View(model) for model in models], self._customers_events(0)
        self._fold(views, rows, like)
        progress(len(rows))
        return views

    def _take_up(self, view: View, customer: UUID) -> bool:
        parked = view.parked.pop(customer)
        own = [row for row in self._log.contents.after(parked.position - 1) if row.stream == customer]
        view.take([row for row in own if row.position <= view.position], view.model.topics, self._clock)
        return customer not in view.parked


def _told(folded: int, views: Sequence[View], _new: object) -> Attributes:
    return {"footfall.rows": folded, "footfall.views": ", ".join(view.model.name for view in views)}


def _taken(rows: Sequence[StoredEvent], view: View) -> list[StoredEvent]:
    parked = view.parked
    return [row for row in rows if row.stream not in parked or row.position < parked[row.stream].position]


def check_workers(workers: int) -> None:
    """Raises `InvalidArgument` unless it is one: what is in memory is one process's."""
    if workers != 1:
        raise InvalidArgument(f"a store in memory has one worker, its own process, not {workers}")


def _compare(live: View, folded: View) -> ViewComparison:
    name, rows = live.model.name, live.rows()
    held, due = ({_text(row): row for row in some} for some in (rows, folded.rows()))
    sides = {"unexpected": (held, held.keys() - due.keys()), "missing": (due, due.keys() - held.keys())}
    differences = [
        Difference(name, side, _shown(found[text]))
        for side, (found, texts) in sides.items()
        for text in sorted(texts)[:SHOWN_DIFFERENCES]
    ]
    return ViewComparison(name, len(rows), sum(len(texts) for _, texts in sides.values()), differences)


def _text(row: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(row, order="sorted")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}
