"""Of a customer with very many events no more is read than is asked for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest

import footfall
from tests.contracts.rows_read import ReadCounter
from tests.contracts.servers import fresh_database
from tests.contracts.support import NOON, YEAR, ManualClock, named, visit
from tests.torture.watch.plain_sql import libpq

FEW, MANY, SHUFFLED = (named(f"a customer of {how}") for how in ("few", "many", "many in no order"))
SIZES = {FEW: 200, MANY: 3_000, SHUFFLED: 3_000}
Ask = Callable[[footfall.Engine, UUID], object]


class Filled(NamedTuple):
    """An engine on a store with the three customers, and what counts its reads."""

    engine: footfall.Engine
    read: ReadCounter


def story(customer: UUID) -> list[dict[str, object]]:
    events = [visit(customer, 40 * n if n % 3 == 0 else 40 * (n - n % 3) + n % 3) for n in range(SIZES[customer])]
    if customer == SHUFFLED:
        random.Random(1).shuffle(events)
    return events


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A store on each kind of database, with its views."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "sqlite":
            yield from _filled(f"sqlite:///{tmp_path_factory.mktemp('much')}/store.db", patch)
        else:
            with fresh_database(request.getfixturevalue("postgres_server")) as url:
                yield from _filled(url, patch)


def _filled(url: str, patch: pytest.MonkeyPatch) -> Iterator[Filled]:
    with footfall.open(url, partitions=1, clock=ManualClock(NOON + YEAR)) as engine:
        for customer in SIZES:
            assert {result.status for result in engine.track_many(story(customer))} == {"accepted"}
        # Where each customer has a third of all rows, PostgreSQL walks by time, past those of the others.
        engine.track_many([visit(named(f"another one {n}"), 40 * n) for n in range(2 * SIZES[MANY])])
        engine.sweep()
        engine.catch_up()
        _clear_away(url)
        yield Filled(engine, ReadCounter(engine, patch))


def _clear_away(url: str) -> None:
    # What folds left behind counts as read until PostgreSQL clears it away, at a moment of its own.
    if url.startswith("postgresql"):
        with psycopg.connect(libpq(url), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


QUESTIONS: dict[str, Ask] = {
    "the profile as of the first four events": lambda engine, who: engine.profile(who, as_of="2026-01-01T13:00:00Z"),
    "a page of the timeline": lambda engine, who: engine.timeline(who, limit=20),
    "a page of page visits": lambda engine, who: engine.page_visits(who, limit=20, fresh=False),
    "a page of sessions": lambda engine, who: engine.sessions(who, limit=20, fresh=False),
    "a page of the first sessions": lambda engine, who: engine.sessions(
        who, until="2026-01-01T18:00:00Z", limit=20, fresh=False
    ),
    "sessions of a day": lambda engine, who: engine.sessions(
        who, since="2026-01-02T00:00:00Z", until="2026-01-02T12:00:00Z", fresh=False
    ),
    "a span of the timeline": lambda engine, who: engine.timeline(
        who, since="2026-01-02T00:00:00Z", until="2026-01-02T06:00:00Z", limit=20
    ),
    "rows of page visits": lambda engine, who: engine.rows("page_visits", customer=who, limit=20, fresh=False),
    "rows of sessions": lambda engine, who: engine.rows("sessions", customer=who, limit=20, fresh=False),
    "what is new": lambda engine, who: list(engine.subscribe(customer=who, follow=False)),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_more_is_read_than_is_asked_for(filled: Filled, question: str) -> None:
    ask = QUESTIONS[question]
    of_few, *of_many = (filled.read.of(lambda: ask(filled.engine, who)) for who in (FEW, MANY, SHUFFLED))  # noqa: B023
    assert of_few > 0
    assert max(of_many) <= 1.5 * of_few


Page = Callable[[footfall.Engine, UUID, str | None, int | None], Sequence[Any]]
PAGES: dict[str, Page] = {
    "the timeline": lambda engine, who, after, limit: engine.timeline(who, limit=limit, after=after),
    "page visits": lambda engine, who, after, limit: engine.page_visits(who, limit=limit, after=after, fresh=False),
    "sessions": lambda engine, who, after, limit: engine.sessions(who, limit=limit, after=after, fresh=False),
    "sessions before a day": lambda engine, who, after, limit: engine.sessions(
        who, until="2026-02-01T00:00:00Z", limit=limit, after=after, fresh=False
    ),
    "everybody's sessions": lambda engine, _, after, limit: engine.sessions(limit=limit, after=after, fresh=False),
    "everybody's sessions of a span": lambda engine, _, after, limit: engine.sessions(
        since="2026-01-02T00:00:00Z", until="2026-03-01T00:00:00Z", limit=limit, after=after, fresh=False
    ),
}


@pytest.mark.parametrize("customer", [MANY, SHUFFLED])
@pytest.mark.parametrize("name", PAGES)
def test_the_last_page_costs_what_the_first_one_costs(filled: Filled, name: str, customer: UUID) -> None:
    page, engine = PAGES[name], filled.engine
    whole = page(engine, customer, None, None)
    first, *later = (
        filled.read.of(lambda after=after: page(engine, customer, after, 20))  # type: ignore[misc]
        for after in (None, whole[len(whole) // 2].cursor, whole[-21].cursor)
    )
    assert max(later) <= 1.5 * first + 20


def test_an_id_that_was_replaced_leads_to_its_session_without_a_look_at_the_others(filled: Filled) -> None:
    engine, (handle,) = filled.engine, filled.engine.rows("session_handles", customer=SHUFFLED, limit=1, fresh=False)
    found = engine.session(handle["session_id"], fresh=False)
    assert found is not None
    assert found in engine.sessions(SHUFFLED, fresh=False)
    assert filled.read.of(lambda: engine.session(handle["session_id"], fresh=False)) < SIZES[FEW]


def test_who_follows_one_customer_does_not_read_what_others_did(filled: Filled) -> None:
    def first() -> object:
        with filled.engine.subscribe(customer=FEW, after="start", follow=False) as events:
            return next(events)

    assert filled.read.of(first) < 8_000


def test_what_views_have_seen_is_not_counted(filled: Filled) -> None:
    assert filled.read.of(filled.engine.status) < SIZES[MANY]


@pytest.mark.parametrize("customer", SIZES)
@pytest.mark.parametrize("limit", [0, 1, 2, 20, 199, 5_000])
def test_a_page_is_the_beginning_of_the_whole_list(filled: Filled, customer: UUID, limit: int) -> None:
    engine = filled.engine
    assert engine.page_visits(customer, limit=limit, fresh=False) == engine.page_visits(customer, fresh=False)[:limit]
    assert engine.timeline(customer, limit=limit) == engine.timeline(customer, limit=None)[:limit]
    assert engine.sessions(customer, limit=limit, fresh=False) == engine.sessions(customer, fresh=False)[:limit]
