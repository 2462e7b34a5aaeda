"""Views compared, row by row, with a fold of the log. Nothing is written, and nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....application.reading.operation_answers import ViewComparison
from ....application.running.progress import Progress
from ....application.running.retries import gc_paused, retried
from ....projections.read_model import ReadModel, Tallies
from ....projections.tallies import Tally
from ...database.connections import driver
from ...database.dialects.dialect import dialect_of
from ...log import scans
from ...log.event_log import EventLog
from ...log.whole_streams import WholeStreams, last_stream, whole_streams
from .. import tallies
from ..dialects import view_statements
from ..dialects.statements import ViewStatements
from ..projecting import standings
from ..projecting.projector import unneeded_topics
from ..projecting.standings import Standing
from ..tables import view
from .balance import Balance, Comparison
from .side_by_side import SideBySide, ViewSide
from .spool import Spool
from .tallied_rows import tallied

FIRST_WIDTH = 1_000
"""So many streams are compared at first in one transaction; then as many as have about a chunk of events."""


class _Aside(NamedTuple):
    # What a view without an index by customer held, and where it stood then.
    standing: Standing
    rows: Spool


_Asides = Mapping[ReadModel, _Aside]


class _Compared(NamedTuple):
    upto: int
    cut: bool
    events: int
    balances: Mapping[str, Balance]

    def next_width(self, after: int, width: int) -> int:
        """How many numbers of streams to compare next: streams are of any length, and not every number was given."""
        if self.cut:
            return self.upto - after
        return 2 * width if 2 * self.events < scans.CHUNK else width


class Verify:
    """Folds the log anew, some streams at a time, and compares with what the views hold of their customers in the same
    moment: writers, projectors and rebuilds go on meanwhile."""

    def __init__(self, event_log: EventLog) -> None:
        self._log, self._database = event_log, event_log.database
        self._views: ViewStatements = view_statements(event_log.database.dialect)

    def compare(self, models: Sequence[ReadModel], progress: Progress) -> list[ViewComparison]:
        """Compare each view with the log up to where the view stands, in one pass over the log."""
        comparisons = {model.name: Comparison(model) for model in models}
        with ExitStack() as laid_aside:
            asides = {model: retried(self._lay_aside, model) for model in retried(self._without_index, models)}
            for aside in asides.values():
                laid_aside.enter_context(closing(aside.rows))
            for compared in self._ranges(models, asides):
                for name, balance in compared.balances.items():
                    comparisons[name].add(balance)
                progress(compared.events)
        for model in models:
            comparisons[model.name].join(retried(self._strangers, model))
            if model.tallied:
                comparisons[model.name].check_tallies(*retried(self._tallies, model))
        return [comparison.result() for comparison in comparisons.values()]

    def _without_index(self, models: Sequence[ReadModel]) -> list[ReadModel]:
        with self._database.read() as connection:
            return [model for model in models if not _has_index(connection, model)]

    def _lay_aside(self, model: ReadModel) -> _Aside:
        table = view(model).name
        with self._database.read([table]) as connection:
            self._database.dialect.take_time(connection)
            (standing,) = standings.read(connection, [model])
            return _Aside(standing, Spool(self._views.in_stream_order(driver(connection), model, table)))

    def _ranges(self, models: Sequence[ReadModel], asides: _Asides) -> Iterator[_Compared]:
        after, width, last = 0, FIRST_WIDTH, retried(self._last_stream)
        while after < last:
            compared: _Compared = retried(self._compare, models, asides, after, min(after + width, last))
            yield compared
            after, width = compared.upto, compared.next_width(after, width)

    def _last_stream(self) -> int:
        with self._database.read() as connection:
            return last_stream(connection)

    def _compare(self, models: Sequence[ReadModel], asides: _Asides, after: int, upto: int) -> _Compared:
        events, looked_up = 0, [model for model in models if model not in asides]
        with gc_paused(), self._database.read([view(model).name for model in looked_up]) as connection:
            streams = whole_streams(self._log, connection, after, upto, unneeded_topics(models))
            sides = self._sides(connection, looked_up, streams) | {
                model: ViewSide(aside.standing, aside.rows.of_streams(after, streams.upto))
                for model, aside in asides.items()
            }
            both = SideBySide(self._views, sides)
            for rows in streams.pieces:
                events += len(rows)
                both.take(rows)
            return _Compared(streams.upto, streams.cut, events, both.finish())

    def _sides(
        self, connection: Connection, models: Sequence[ReadModel], streams: WholeStreams
    ) -> dict[ReadModel, ViewSide]:
        bounds = (streams.after, streams.upto)
        found = zip(models, standings.read(connection, models, *bounds), strict=True)
        raw = driver(connection)
        return {
            model: ViewSide(standing, self._views.of_streams(raw, model, view(model).name, *bounds))
            for model, standing in found
        }

    def _strangers(self, model: ReadModel) -> Comparison:
        table, found = view(model).name, Comparison(model)
        with self._database.read([table]) as connection:
            self._database.dialect.take_time(connection)
            for rows in self._views.of_strangers(driver(connection), model, table):
                balance = Balance()
                balance.hold(rows)
                found.add(balance)
        return found

    def _tallies(self, model: ReadModel) -> tuple[Tallies, Tallies]:
        # Those that are held, and those of the rows that the view has in the same moment.
        table, of_rows = view(model).name, Tally()
        with self._database.read([table, *tallies.TABLES]) as connection:
            self._database.dialect.take_time(connection)
            for rows in self._views.everything(driver(connection), model, table):
                of_rows.add(tallied(model, rows))
            return tallies.read(connection, table), of_rows.result()


def _has_index(connection: Connection, model: ReadModel) -> bool:
    naming = dialect_of(connection).naming
    indexes = sa.inspect(connection).get_indexes(naming.table(view(model).name), naming.schema)
    return any(index["column_names"][0] == "uuid" for index in indexes)
