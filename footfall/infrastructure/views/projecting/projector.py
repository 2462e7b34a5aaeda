"""The projector: reads the log from its cursors, folds, and commits rows and cursors in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Connection

from ....application.ports.vocabulary import Clock
from ....application.running.counters import Counters
from ....application.running.retries import gc_paused, retried
from ....application.running.tracing import UNTRACED, Attributes, Untraced
from ....domain.spans import lookups
from ....projections.read_model import ReadModel, Row
from ....projections.row_checks import check_change
from ...database.connections import driver
from ...database.database import Database
from ...log.codec import TOPICS
from ...log.event_log import EventLog
from ...log.hand_over import Stretch
from ...log.streams import CustomerEvents, by_customer, handed_over
from .. import tallies
from ..dialects import view_statements
from ..dialects.statements import ViewStatements
from ..tables import Slot, view
from . import checkpoints
from .checkpoints import Backlog, Cursors, find_backlog, find_hindmost, find_together
from .parking import Parking

CHUNK = 16_000
"""About this many events are folded in one transaction."""
PIECE = 100
"""So many customers are folded before their rows are handed to the database, which writes them meanwhile."""


class Projector:
    """Brings copies of views up to the head of the log. Processes share the partitions: each transaction takes some
    that no other one holds. `start_offset` should differ between processes, such as `os.getpid` does: they begin at
    different partitions then."""

    def __init__(
        self,
        event_log: EventLog,
        clock: Clock,
        models: Sequence[ReadModel] = (),
        start_offset: Callable[[], int] = int,
        counters: Counters | None = None,
        tracing: Untraced = UNTRACED,
    ) -> None:
        self._log, self._models = event_log, models
        self._database: Database = event_log.database
        self._views: ViewStatements = view_statements(self._database.dialect)
        self._start_offset, self._claims, self._counters = start_offset, 0, counters
        self._take_chunk = tracing.around("footfall.catch_up", self._take_chunk_of, _told)
        self.parking = Parking(clock)

    def steps(
        self, models: Sequence[ReadModel] | None = None, slot: Slot = Slot.LIVE, *, wait: bool = True
    ) -> Iterator[int]:
        """Fold what the views (all of them unless said) have not seen yet, a transaction for each step; yields how many
        rows of the log it read.

        What is written meanwhile is left to the next time, so that it ends however fast others write. What other
        processes are folding is waited for, or with `wait` off left to them.
        """
        models, held = self._models if models is None else models, False
        heads = retried(self._heads)
        while backlog := retried(self._find_backlog, models, slot, heads):
            taken, held = retried(self._take_chunk, backlog, slot, held)
            if slot is Slot.LIVE and self._counters is not None:
                self._counters.folded(taken)
            yield taken
            if held and not wait:
                break

    def _take_chunk_of(self, backlog: Backlog, slot: Slot, wait: bool) -> tuple[int, bool]:
        # How many rows were read, and whether others hold all that there is to do.
        with gc_paused(), self._database.write() as connection:
            # It holds nothing while it waits, so that no two wait for each other.
            cursors = self._wait(connection, backlog, slot) if wait else self._claim(connection, backlog, slot)
            known = self._handed_over(backlog, cursors) if slot is Slot.LIVE else {}
            rows = self._project_chunk(connection, backlog.models, slot, cursors, known)
        self._log.hand_over.folded(known)
        return rows, not cursors

    def _handed_over(self, backlog: Backlog, cursors: Mapping[str, Cursors]) -> dict[int, list[Stretch]]:
        # Where views stand apart, some of them would have seen a part of it.
        if len(find_together(backlog.models, cursors)) != 1:
            return {}
        return self._log.hand_over.after(find_hindmost(cursors), backlog.heads, CHUNK)

    def finish(self, connection: Connection, model: ReadModel, slot: Slot) -> None:
        """Fold all that a view has not seen, in the transaction under way."""
        while self._project_chunk(connection, [model], slot, self.lock(connection, [model], slot), {}):
            pass

    def lock(self, connection: Connection, models: Sequence[ReadModel], slot: Slot) -> dict[str, Cursors]:
        """The cursors of views, which no other process moves before the transaction ends."""
        return checkpoints.lock(connection, models, slot)

    def _heads(self) -> Mapping[int, int]:
        with self._database.read() as connection:
            return self._log.statements.heads(driver(connection))

    def _find_backlog(self, models: Sequence[ReadModel], slot: Slot, heads: Mapping[int, int]) -> Backlog | None:
        # Asked without a lock: a view that is current costs its readers no write transaction.
        with self._database.read() as connection:
            return find_backlog(models, checkpoints.read(connection, models, slot), heads)

    def _claim(self, connection: Connection, backlog: Backlog, slot: Slot) -> dict[str, Cursors]:
        # As many partitions as hold a chunk, so that there are others for other processes.
        most = max(1, self._log.partitions * CHUNK // backlog.rows)
        self._claims += 1
        return checkpoints.claim(connection, backlog, slot, self._start(), most)

    def _wait(self, connection: Connection, backlog: Backlog, slot: Slot) -> dict[str, Cursors]:
        first, *_ = backlog.partitions(self._start())
        self._database.dialect.wait_for_locks(connection)
        return checkpoints.lock(connection, backlog.models, slot, first)

    def _start(self) -> int:
        return self._start_offset() + self._claims

    def _project_chunk(
        self,
        connection: Connection,
        models: Sequence[ReadModel],
        slot: Slot,
        cursors: Mapping[str, Cursors],
        known: Mapping[int, Sequence[Stretch]],
    ) -> int:
        hindmost = find_hindmost(cursors)
        if not hindmost:
            return 0  # others hold all of them, or put this copy in place, or dropped it
        unread = {partition: position for partition, position in hindmost.items() if partition not in known}
        rows = self._log.statements.chunk(driver(connection), unread, CHUNK) if unread else []
        for after, together in find_together(models, cursors):
            unseen = [row for row in rows if row[1] > after.get(row[0], row[1])]
            reached = {row[0]: row[1] for row in unseen}
            reached |= {partition: stretches[-1].reached for partition, stretches in known.items()}
            if reached:
                unneeded = unneeded_topics(together)
                events = by_customer(unseen, unneeded) | handed_over(known, unneeded)
                topics = {row[3] for row in unseen} | {one.topic for own in events.values() for one in own.readable}
                for model in together:
                    if not topics.isdisjoint(model.topics) or not topics <= TOPICS:
                        self.project(connection, model, slot, events)
                checkpoints.move(connection, together, slot, reached)
                self._views.note_source(driver(connection), max(reached.values()))
        if slot is Slot.LIVE:
            self._settle(connection, [view(model, slot).name for model in models])
        return len(rows) + sum(one.events for stretches in known.values() for one in stretches)

    def _settle(self, connection: Connection, tables: Sequence[str]) -> None:
        gathered = self._views.gathered(driver(connection), tallies.MOST_NUMBERS, tallies.MOST_DOCUMENTS)
        if gathered:
            tallies.settle(connection, sorted(set(gathered).intersection(tables)))

    def project(
        self, connection: Connection, model: ReadModel, slot: Slot, events: Mapping[UUID, CustomerEvents]
    ) -> None:
        """Fold customers' events into a view. A customer whose events it cannot take is parked; the others go on."""
        table = view(model, slot).name
        waiting = checkpoints.parked_customers(connection, table)
        taken = {customer: own for customer, own in events.items() if customer not in waiting} if waiting else events
        rows = self._rows(connection, model, table, taken)
        fold = _ChunkFold(model, rows)
        fold.take([(customer, own) for customer, own in taken.items() if customer.int in rows])
        # Most of the others have none to take out, so that they are folded while the database writes.
        others = iter([(customer, own) for customer, own in taken.items() if customer.int not in rows])
        self._replace(connection, model, table, fold, others)
        if fold.removed:
            fold.take(others)
            self._replace(connection, model, table, fold, others)
        self._note_tallies(connection, model, table, fold.added, fold.replaced)
        if fold.failures:
            self.parking.park(connection, table, fold.failures, events)

    def _replace(
        self, connection: Connection, model: ReadModel, table: str, fold: _ChunkFold, others: Iterator[_Customer]
    ) -> None:
        removed, fold.removed = fold.removed, []
        if removed:
            self._views.remove(driver(connection), model, table, removed)
        self._views.add(driver(connection), model, table, fold.in_pieces(others))

    def _note_tallies(
        self, connection: Connection, model: ReadModel, table: str, added: Sequence[Row], replaced: Sequence[Row]
    ) -> None:
        for rows, sign in ((added, 1), (replaced, -1)):
            if rows and model.tallied:
                self._views.note_tallies(driver(connection), table, model.tally(rows), sign)

    def _rows(
        self, connection: Connection, model: ReadModel, table: str, events: Mapping[UUID, CustomerEvents]
    ) -> dict[int, list[Row]]:
        # By the numbers of customers' uuids, which Python hashes several times as fast.
        if model.lookback_column is None:
            return {}
        wanted = [
            (customer, *lookup) for customer, own in events.items() for lookup in lookups(model.spans(own.readable))
        ]
        owner = model.column_indexes["uuid"]
        rows: dict[int, list[Row]] = {}
        if wanted:
            for row in self._views.load(driver(connection), model, table, wanted):
                rows.setdefault(row[owner].int, []).append(row)
        return rows


_Customer = tuple[UUID, CustomerEvents]


class _ChunkFold:
    """Folds customers, who have some rows `known`, by the integers of their uuids: what is `added` and `replaced`, what
    is still to be `removed`, by key, and the `failures` of customers whose events it cannot take."""

    def __init__(self, model: ReadModel, known: Mapping[int, Sequence[Row]]) -> None:
        self._model, self._known = model, known
        self.removed: list[Any] = []
        self.replaced: list[Row] = []
        self.added: list[Row] = []
        self.failures: dict[UUID, Exception] = {}
        self._given = 0

    def take(self, customers: Iterable[_Customer]) -> None:
        """Fold customers."""
        for customer, own in customers:
            known = self._known.get(customer.int, ())
            try:
                change = self._model.fold(customer, known, own.events)
                if not self._model.fits:
                    check_change(self._model, change)
            except Exception as error:
                self.failures[customer] = error
            else:
                self.added += change.added
                if change.removed:
                    self.removed += change.removed
                    self.replaced += _rows_removed(self._model, known, change.removed)

    def in_pieces(self, others: Iterator[_Customer]) -> Iterator[Sequence[Row]]:
        """The rows that were added and are not given yet; then those of others, who are folded meanwhile, up to one who
        removes some: these must go before what comes in their place."""
        while not self.removed:
            if rows := self.added[self._given :]:
                self._given = len(self.added)
                yield rows
            if not (piece := list(islice(others, PIECE))):
                return
            self.take(piece)


def _rows_removed(model: ReadModel, rows: Sequence[Row], removed: Sequence[Any]) -> Sequence[Row]:
    if not model.tallied:
        return ()
    if len(removed) == len(rows):
        return rows
    gone, key = set(removed), model.column_indexes[model.key or ""]
    return [row for row in rows if row[key] in gone]


def _told(taken: tuple[int, bool], backlog: Backlog, *_: object) -> Attributes:
    return {"footfall.rows": taken[0], "footfall.views": ", ".join(model.name for model in backlog.models)}


def unneeded_topics(models: Sequence[ReadModel]) -> frozenset[str]:
    """The topics that none of some views folds. One that nobody knows is not among them: it must be looked at."""
    return TOPICS.difference(*(model.topics for model in models))
