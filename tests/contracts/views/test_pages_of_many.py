"""A page of a list of very many costs the same wherever it lies, and as much as that of a short list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import psycopg
import pytest

import footfall
from footfall.domain.moments import iso
from tests.contracts.rows_read import ReadCounter
from tests.contracts.servers import fresh_database
from tests.contracts.support import MINUTE, NOON, YEAR, ManualClock, named, visit
from tests.torture.watch.plain_sql import libpq

CUSTOMERS = 2_000
UNSEEN = 600
REFUSED = 1_500
Page = Callable[[footfall.Engine, str | None, int | None], Sequence[Any]]


class Filled(NamedTuple):
    """An engine on a store of many customers, and what counts its reads."""

    engine: footfall.Engine
    read: ReadCounter


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A store on each kind of database: many customers seen at the same moment, many never seen, much refused."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "sqlite":
            yield from _filled(f"sqlite:///{tmp_path_factory.mktemp('many')}/store.db", patch)
        else:
            with fresh_database(request.getfixturevalue("postgres_server")) as url:
                yield from _filled(url, patch)


def _filled(url: str, patch: pytest.MonkeyPatch) -> Iterator[Filled]:
    with footfall.open(url, partitions=2, clock=ManualClock(NOON + YEAR)) as engine:
        engine.track_many([visit(named(f"one of {n}"), n % 4 * 500) for n in range(CUSTOMERS)])
        for n in range(UNSEEN):
            engine.update(named(f"unseen {n}"), {"n": n})
        engine.track_many([refused(n) for n in range(REFUSED)])
        engine.catch_up()
        if url.startswith("postgresql"):
            with psycopg.connect(libpq(url), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        yield Filled(engine, ReadCounter(engine, patch))


def refused(number: int) -> dict[str, Any]:
    action = "no.such" if number % 2 else "?"
    return {"uuid": named("refused"), "action": action, "event_id": named(f"refused {number}")}


SPAN: dict[str, Any] = {"since": iso(NOON + 400 * MINUTE), "until": iso(NOON + 1_100 * MINUTE)}
PAGES: dict[str, Page] = {
    "sessions": lambda engine, after, limit: engine.sessions(limit=limit, after=after, fresh=False),
    "sessions of a span": lambda engine, after, limit: engine.sessions(**SPAN, limit=limit, after=after, fresh=False),
    "profiles": lambda engine, after, limit: engine.profiles(limit=limit, after=after, fresh=False),
    "profiles of a span": lambda engine, after, limit: engine.profiles(**SPAN, limit=limit, after=after, fresh=False),
    "rejected": lambda engine, after, limit: engine.rejected(limit=limit, after=after),
    "rejected for a reason": lambda engine, after, limit: engine.rejected("undefined_action", limit=limit, after=after),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_no_more_than_its_rows_wherever_it_lies(filled: Filled, name: str) -> None:
    page, engine = PAGES[name], filled.engine
    whole = page(engine, None, None)
    places = [None, *(whole[at].cursor for at in (len(whole) // 3, len(whole) // 2, -60))]
    costs = [filled.read.of(lambda after=after: page(engine, after, 20)) for after in places]  # type: ignore[misc]
    few = filled.read.of(lambda: page(engine, None, 1))
    assert max(costs) <= 2 * costs[0] + 20
    assert costs[0] <= 25 * few + 200


def test_a_page_of_open_sessions_reads_those_that_are_open(filled: Filled) -> None:
    engine = filled.engine
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine._parts.clock, "now", NOON + 1_520 * MINUTE)
        whole = engine.sessions(open_only=True, fresh=False)
        assert len(whole) == CUSTOMERS // 4
        first, last = (
            filled.read.of(lambda after=after: engine.sessions(open_only=True, limit=20, after=after, fresh=False))  # type: ignore[misc]
            for after in (None, whole[-21].cursor)
        )
    assert last <= 1.5 * first + 20


def test_who_goes_on_reads_of_the_log_only_what_came_since(filled: Filled) -> None:
    engine = filled.engine
    rows = engine.profiles(limit=100, fresh=False)
    still = filled.read.of(lambda: engine.profiles(limit=20, after=rows[-1].cursor, fresh=False))
    engine.track_many([visit(named(f"one of {n}"), 5_000) for n in range(5)])
    engine.catch_up()
    moved = filled.read.of(lambda: engine.profiles(limit=20, after=rows[-1].cursor, fresh=False))
    assert moved <= 2 * still + 1_000
