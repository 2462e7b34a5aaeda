"""Stages: where the time goes, in µs an event. The engine's functions are timed by their names while events go in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from importlib import import_module
from typing import Any
from unittest.mock import patch

import footfall

from ..harness.measure import Broken, Row, Scope, check
from ..harness.stopwatch import Spent, Stopwatch
from ..harness.stores import Store
from ..input.feed import FEW_A_CALL, feed
from ..input.visits import page_visits

APPLICATION, INFRASTRUCTURE = "footfall.application", "footfall.infrastructure"
_VIEWS = ("page_visits:PageVisits", "sessions:Sessions", "session_handles:SessionHandles", "profiles:Profiles")
_DIALECTS = ("log.dialects.postgres:PostgresLog", "log.dialects.sqlite:SqliteLog")
_ROWS = ("log.dialects.postgres_rows:PostgresRows", "log.dialects.sqlite:SqliteRows")
_VIEW_DIALECTS = ("views.dialects.postgres:PostgresViews", "views.dialects.sqlite:SqliteViews")


def _on_both(names: tuple[str, ...], *methods: str) -> list[str]:
    return [f"{INFRASTRUCTURE}.{name}.{method}" for name in names for method in methods]


LOG: dict[str, list[str]] = {
    "decode": [f"{APPLICATION}.ingest.admission:read"],
    "admit": [f"{APPLICATION}.ingest.ingest:submit", f"{APPLICATION}.ingest.admission:admit"],
    "load customers": [f"{APPLICATION}.ingest.state_cache:StateCache.load"],
    "decide": [f"{APPLICATION}.ingest.batch:{name}" for name in ("Batch.take", "CustomerDraft.decided")],
    "encode": [f"{INFRASTRUCTURE}.log.transaction:{name}" for name in ("encode", "encode_snapshot")],
    "number and lock": _on_both(_DIALECTS, "number", "lock"),
    "write rows, snapshots, deadlines": _on_both(_ROWS, "write", "finish"),
    "commit": [f"{INFRASTRUCTURE}.database.database:Transaction._commit"],
    "everything else": ["footfall.engine.engine:Engine.track_many"],
}
VIEWS: dict[str, list[str]] = {
    "read the log": _on_both(_DIALECTS, "chunk"),
    "decode": [f"{INFRASTRUCTURE}.views.projecting.projector:{name}" for name in ("by_customer", "handed_over")],
    "fold": [f"footfall.projections.{name}.fold" for name in _VIEWS],
    "read rows": _on_both(_VIEW_DIALECTS, "load"),
    "write rows": _on_both(_VIEW_DIALECTS, "remove", "add"),
    "commit": [f"{INFRASTRUCTURE}.database.database:Transaction._commit"],
    "everything else": ["footfall.engine.engine:Engine.catch_up"],
}
"""By stage: the functions whose own time it is, as `module:name`; a name is that by which the caller knows it."""


def run(store: Store, scope: Scope) -> list[Row]:
    """Time both halves, the log's functions while only the log is written and the views' over that log."""
    count = scope.size(50_000, 20_000)
    with store.fresh() as url, footfall.open(url) as engine:
        with _timed(LOG) as log:
            feed(engine, page_visits(count), FEW_A_CALL, views=False)
        with _timed(VIEWS) as views:
            engine.catch_up()
        check(engine)
    return [*_rows("log", LOG, log, count), *_rows("views", VIEWS, views, count)]


@contextmanager
def _timed(stages: dict[str, list[str]]) -> Iterator[Stopwatch]:
    watch = Stopwatch()
    patches = [_patched(watch, stage, name) for stage, names in stages.items() for name in names]
    for one in patches:
        one.start()
    try:
        yield watch
    finally:
        for one in patches:
            one.stop()


def _patched(watch: Stopwatch, stage: str, name: str) -> Any:
    module, _, path = name.partition(":")
    *above, last = path.split(".")
    try:
        owner = reduce(getattr, above, import_module(module))
        return patch.object(owner, last, watch.timed(stage, getattr(owner, last)))
    except (ImportError, AttributeError):
        raise Broken(f"there is no {name} any more: benchmarks/runs/stages.py says what stages consist of") from None


def _rows(half: str, stages: dict[str, list[str]], watch: Stopwatch, count: int) -> list[Row]:
    spent = watch.without_its_own_cost()
    rows = [_row(f"{half}: {stage}", [spent[stage]], count) for stage in stages]
    return [*rows, _row(f"{half}, altogether", list(spent.values()), count)]


def _row(what: str, spent: list[Spent], count: int) -> Row:
    processor, elapsed = (
        1_000_000 * sum(getattr(one, clock) for one in spent) / count for clock in ("processor", "elapsed")
    )
    return Row(what, f"{processor:.2f} µs of processor an event", f"{elapsed:.2f} µs elapsed")
