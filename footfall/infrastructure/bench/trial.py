"""A short measurement of the engine on a user's own database, beside what that database could do at most."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from statistics import median
from typing import NamedTuple

import msgspec

from ...application.ingest import BATCH, Status
from ...application.long_work import Progress
from ...application.ports import Kind
from ...domain.errors import FootfallError
from ...domain.moments import DAY, parse
from ...projections import READ_MODELS
from ..database import Database
from ..projector import CHUNK
from ..wiring import Parts
from . import bare, durability
from .place import empty_store
from .timing import seconds
from .visits import BEGINNING, Event, page_visits

EVENTS_PER_SINGLE = 40
"""One event that is tracked by itself for so many that come in batches."""

LOG, VIEWS, BOTH, SINGLES, REBUILD = "log", "views", "log and views", "one by one", "rebuild"
_AFTERWARDS = parse(BEGINNING) + 3_650 * DAY

Times = dict[str, float]


class WrongViews(FootfallError):
    """The views are not what the log gives, so that no figure counts."""


class Measured(msgspec.Struct, frozen=True):
    """How fast the engine is, how fast the database alone, both in events a second, and the share that is reached."""

    what: str
    engine: float
    limit: float
    share: float


class Trial(msgspec.Struct, frozen=True):
    """What was measured, with so many events and medians of so many repetitions, under which settings."""

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


def measure(url: str, events: int, repetitions: int, progress: Progress) -> Trial:
    """Measure engine and limit in turn, in a place of their own. Raises `NotDurable`, `PlaceTaken`, `WrongViews`."""
    singles = max(1, events // EVENTS_PER_SINGLE)
    visits = list(page_visits(events + singles))
    rounds = [_round(url, visits, events, progress) for _ in range(repetitions)]
    counted = {LOG: events, VIEWS: events, BOTH: events, SINGLES: singles, REBUILD: len(visits)}
    measured = [_measured(what, count, rounds) for what, count in counted.items()]
    with closing(Database(url)) as database:
        return Trial(database.shown_url, rounds[0].settings, events, repetitions, measured)


def _round(url: str, visits: Sequence[Event], many: int, progress: Progress) -> _Round:
    with empty_store(url, _clock) as parts:
        settings = durability.settings(parts.database)
        engine = _engine(parts, visits[:many], visits[many:])
        scan = seconds(partial(bare.scan, parts.database))
        tables = _written(parts)
    progress(len(visits))
    with empty_store(url, _clock) as parts:
        limit = _limit(parts, tables, scan, len(visits) - many)
    progress(len(visits))
    return _Round(settings, engine, limit)


def _engine(parts: Parts, many: Sequence[Event], singles: Sequence[Event]) -> Times:
    log = seconds(partial(_take, parts, many, BATCH))
    views = seconds(parts.views.catch_up)
    one_by_one = seconds(partial(_take, parts, singles, 1))
    rebuild = seconds(partial(parts.views.rebuild, None))
    if not parts.views.verify().ok:
        raise WrongViews("after the benchmark the views are not what the log gives: please report this")
    return {LOG: log, VIEWS: views, BOTH: log + views, SINGLES: one_by_one, REBUILD: rebuild}


def _take(parts: Parts, events: Sequence[Event], at_once: int) -> None:
    for first in range(0, len(events), at_once):
        for result in parts.ingest.submit_many(Kind.EVENT, events[first : first + at_once]):
            if result.status is not Status.ACCEPTED:
                raise FootfallError(f"an event was {result.status} during the benchmark: {result.detail}")


def _limit(parts: Parts, tables: Sequence[bare.Rows], scan: float, singles: int) -> Times:
    log, *views = tables
    bulk, rest = log._replace(rows=log.rows[:-singles]), log._replace(rows=log.rows[-singles:])
    write = partial(bare.write, parts.database)
    in_batches, one_by_one = seconds(partial(write, bulk, BATCH)), seconds(partial(write, rest, 1))
    folded = scan + sum(seconds(partial(write, rows, CHUNK)) for rows in views)
    return {LOG: in_batches, VIEWS: folded, BOTH: in_batches + folded, SINGLES: one_by_one, REBUILD: scan}


def _written(parts: Parts) -> list[bare.Rows]:
    log = bare.whole(parts.database, bare.LOG, bare.CUSTOMERS)
    return [log, *(bare.whole(parts.database, model.name) for model in READ_MODELS)]


def _measured(what: str, events: int, rounds: Sequence[_Round]) -> Measured:
    engine, limit = median(one.engine[what] for one in rounds), median(one.limit[what] for one in rounds)
    return Measured(what, round(events / engine, 1), round(events / limit, 1), round(limit / engine, 4))


def _clock() -> int:
    # A fixed moment after every visit: what is measured must not depend on the day.
    return _AFTERWARDS
