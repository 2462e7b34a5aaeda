"""Some streams folded, and beside that the rows that views hold of their customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ....application.running.loggers import VIEWS
from ....projections.read_model import ReadModel
from ...log.dialects.statements import OrderedRow
from ..dialects.statements import StoredRow, ViewStatements
from ..projecting.standings import Standing
from .balance import Balance
from .stream_fold import Failure, StreamFold


class ViewSide(NamedTuple):
    """What a view holds of the customers of some streams, some rows at a time, and where it stands."""

    standing: Standing
    rows: Iterator[Sequence[StoredRow]]


class _Fold(NamedTuple):
    standing: Standing
    streams: StreamFold


class SideBySide:
    """Folds events as they come and lets what they give cancel out with what the views hold. It goes on with both step
    by step: of a very long stream neither is ever in memory as a whole."""

    def __init__(self, views: ViewStatements, sides: Mapping[ReadModel, ViewSide]) -> None:
        self._views, self._sides = views, sides
        self._folds = _folds({model: side.standing for model, side in sides.items()})
        self._balances = {model.name: Balance() for model in sides}

    def take(self, rows: Sequence[OrderedRow]) -> None:
        """Fold what follows in the order of streams and versions, as far as each view has seen it."""
        for standing, streams in self._folds:
            streams.take(standing.seen(rows))
        self._settle()

    def finish(self) -> Mapping[str, Balance]:
        """What is left over of each view."""
        for _, streams in self._folds:
            streams.finish()
        self._settle()
        for model, side in self._sides.items():
            for rest in side.rows:
                self._balances[model.name].hold(rest)
        return self._balances

    def _settle(self) -> None:
        for model, side in self._sides.items():
            self._balances[model.name].hold(next(side.rows, ()))
        for _, streams in self._folds:
            given, failures = streams.drain()
            for model, rows in given:
                self._balances[model.name].give(self._views.stored(model, rows))
            for failure in failures:
                _tell(failure)


def _folds(standings: Mapping[ReadModel, Standing]) -> list[_Fold]:
    # Views that stand at the same place, which are nearly always all, are folded together.
    together: list[tuple[Standing, list[ReadModel]]] = []
    for model, standing in standings.items():
        for other, models in together:
            if standing == other:
                models.append(model)
                break
        else:
            together.append((standing, [model]))
    return [_Fold(standing, StreamFold(models)) for standing, models in together]


def _tell(failure: Failure) -> None:
    VIEWS.error(
        "%s cannot take events of customer %s from position %d on any more: what it holds of them counts as unexpected",
        failure.model.name,
        failure.customer,
        failure.events.position,
        exc_info=failure.error,
    )
