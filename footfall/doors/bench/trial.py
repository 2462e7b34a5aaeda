"""A short measurement of the engine on a user's own database, beside what that database could do at most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import NamedTuple

from ...domain.errors import FootfallError
from ...domain.moments import DAY, parse
from ...engine.arguments import EVENTS_SHARED
from ...engine.engine import Engine
from ...engine.scratch_store import ROWS_A_COMMIT, Rows, ScratchStore, empty_store, shown_url
from .timing import seconds
from .visits import BEGINNING, Event, page_visits

EVENTS_PER_SINGLE = 40
"""For this many events that come in batches, one is tracked by itself."""

LOG, VIEWS, BOTH, SINGLES, REBUILD = "log", "views", "log and views", "one by one", "rebuild"
_AFTERWARDS = parse(BEGINNING) + 3_650 * DAY

Times = dict[str, float]


class WrongViews(FootfallError):
    """The views are not what the log gives, so that no figure counts."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How fast the engine is, how fast the database alone, both in events a second, and the share that is reached."""

    what: str
    engine: float
    limit: float
    share: float


@dataclass(frozen=True, slots=True)
class Trial:
    """What was measured (medians of the repetitions), and under which settings."""

    database: str
    settings: dict[str, str]
    events: int
    repetitions: int
    measured: list[Measured]


class _Round(NamedTuple):
    """Seconds that the engine took and the database alone, and the settings under which."""

    settings: dict[str, str]
    engine: Times
    limit: Times


def measure(database: str | None, events: int, repetitions: int, progress: Callable[[int], None]) -> Trial:
    """Measure engine and limit in turn, in a store of their own. Raises `NotDurable`, `ScratchTaken`, `WrongViews`."""
    singles = max(1, events // EVENTS_PER_SINGLE)
    visits = list(page_visits(events + singles))
    rounds = [_round(database, visits, events, progress) for _ in range(repetitions)]
    counted = {LOG: events, VIEWS: events, BOTH: events, SINGLES: singles, REBUILD: len(visits)}
    measured = [_measured(what, count, rounds) for what, count in counted.items()]
    return Trial(shown_url(database), rounds[0].settings, events, repetitions, measured)


def _round(database: str | None, visits: Sequence[Event], many: int, progress: Callable[[int], None]) -> _Round:
    with empty_store(database, _clock) as scratch:
        engine = _engine(scratch.engine, visits[:many], visits[many:])
        scan = seconds(scratch.scan)
        tables = scratch.rows()
    progress(len(visits))
    with empty_store(database, _clock) as scratch:
        limit = _limit(scratch, tables, scan, len(visits) - many)
    progress(len(visits))
    return _Round(scratch.settings, engine, limit)


def _engine(engine: Engine, many: Sequence[Event], singles: Sequence[Event]) -> Times:
    log = seconds(partial(_take, engine, many, EVENTS_SHARED))
    views = seconds(engine.catch_up)
    one_by_one = seconds(partial(_take, engine, singles, 1))
    rebuild = seconds(engine.rebuild)
    if not engine.verify().ok:
        raise WrongViews("after the benchmark the views are not what the log gives: please report this")
    return {LOG: log, VIEWS: views, BOTH: log + views, SINGLES: one_by_one, REBUILD: rebuild}


def _take(engine: Engine, events: Sequence[Event], at_once: int) -> None:
    for first in range(0, len(events), at_once):
        for result in engine.track_many(events[first : first + at_once]):
            if result.status != "accepted":
                raise FootfallError(f"an event was {result.status} during the benchmark: {result.detail}")


def _limit(scratch: ScratchStore, tables: Sequence[Rows], scan: float, singles: int) -> Times:
    log, *views = tables
    bulk, rest = log._replace(rows=log.rows[:-singles]), log._replace(rows=log.rows[-singles:])
    in_batches = seconds(partial(scratch.write, bulk, EVENTS_SHARED))
    one_by_one = seconds(partial(scratch.write, rest, 1))
    folded = scan + sum(seconds(partial(scratch.write, rows, ROWS_A_COMMIT)) for rows in views)
    return {LOG: in_batches, VIEWS: folded, BOTH: in_batches + folded, SINGLES: one_by_one, REBUILD: scan}


def _measured(what: str, events: int, rounds: Sequence[_Round]) -> Measured:
    engine, limit = median(one.engine[what] for one in rounds), median(one.limit[what] for one in rounds)
    return Measured(what, round(events / engine, 1), round(events / limit, 1), round(limit / engine, 4))


def _clock() -> int:
    # A fixed moment after every visit: what is measured must not depend on the day.
    return _AFTERWARDS
