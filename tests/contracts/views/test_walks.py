"""Lists walked page by page to their end while others write: nobody is missed, and nobody is met twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest

import footfall
from footfall.domain.moments import iso
from tests.contracts.support import ALICE, BOB, CAROL, DAY, MINUTE, NOON, named, visit

Page = Callable[..., Sequence[Any]]
Between = Callable[[], object]

EVERYWHERE = pytest.mark.parametrize("database_url", ["sqlite", "postgres", "memory"], indirect=True)
CROWD = [named(f"walked past {n}") for n in range(40)]


def walked(page: Page, size: int, meanwhile: Between = lambda: None, *, goes_back: int = 0) -> list[Any]:
    """All rows of a list, a page after the other; `meanwhile` happens between two pages. `goes_back`: so many rows of
    each page are thrown away and asked for again, as by a client whose connection broke."""
    rows: list[Any] = []
    while page_rows := page(limit=size, after=rows[-1].cursor if rows else None):
        rows += page_rows[: max(1, len(page_rows) - goes_back)]
        assert len(rows) < 10_000
        meanwhile()
    return rows


def at_one_moment(engine: footfall.Engine, page: Page) -> Page:
    """The same pages, all asked for as if at once: what is open at one moment may be over at the next."""
    clock = engine._parts.clock
    now = clock.now  # type: ignore[attr-defined]  # it is the test's own

    def asked(**options: Any) -> Sequence[Any]:
        clock.now = now  # type: ignore[attr-defined]
        return page(**options)

    return asked


def uuids(rows: Sequence[Any]) -> list[str]:
    return [row.uuid for row in rows]


LISTS: dict[str, Callable[[footfall.Engine], Page]] = {
    "sessions": lambda engine: lambda **page: engine.sessions(fresh=True, **page),
    "sessions of a customer": lambda engine: lambda **page: engine.sessions(CROWD[0], fresh=True, **page),
    "sessions of a span": lambda engine: (
        lambda **page: engine.sessions(since=iso(NOON + 5 * DAY), until=iso(NOON + 20 * DAY), fresh=True, **page)
    ),
    "a customer's of a span": lambda engine: (
        lambda **page: engine.sessions(
            CROWD[0], since=iso(NOON + 5 * DAY), until=iso(NOON + 20 * DAY), fresh=True, **page
        )
    ),
    "open sessions": lambda engine: lambda **page: engine.sessions(open_only=True, fresh=True, **page),
    "a customer's open sessions": lambda engine: (
        lambda **page: engine.sessions(CROWD[0], open_only=True, fresh=True, **page)
    ),
    "page visits": lambda engine: lambda **page: engine.page_visits(CROWD[0], fresh=True, **page),
    "timeline": lambda engine: lambda **page: engine.timeline(CROWD[0], **page),
    "timeline of a span": lambda engine: (
        lambda **page: engine.timeline(CROWD[0], since=iso(NOON + 5 * DAY), until=iso(NOON + 20 * DAY), **page)
    ),
    "profiles": lambda engine: lambda **page: engine.profiles(fresh=True, **page),
    "some profiles": lambda engine: lambda **page: engine.profiles({"plan": "gold"}, fresh=True, **page),
    "profiles of a span": lambda engine: (
        lambda **page: engine.profiles(since=iso(NOON + 5 * DAY), until=iso(NOON + 36 * DAY), fresh=True, **page)
    ),
    "rejected": lambda engine: lambda **page: engine.rejected(**page),
    "rejected for a reason": lambda engine: lambda **page: engine.rejected("undefined_action", **page),
}


@pytest.fixture
def filled(engine: footfall.Engine) -> footfall.Engine:
    """Customers with sessions on many days, a third of whom nobody has seen; many of one moment."""
    rng = random.Random(4)
    seen = [who for number, who in enumerate(CROWD) if number % 3]
    events = [
        visit(who, 24 * 60 * rng.randrange(36) + rng.choice((0, 5, 90)), f"/{n}")
        for n in range(8)
        for who in [*seen, *[CROWD[0]] * 8]
    ]
    engine.track_many(events)
    for number, who in enumerate(CROWD):
        engine.update(who, {"plan": "gold" if number % 2 else "tin"})
    engine.track_many(
        [{"uuid": ALICE, "action": "no.such" if n % 2 else "?", "event_id": named(f"refused {n}")} for n in range(20)]
    )
    engine._parts.clock.now = NOON + 12 * DAY  # type: ignore[attr-defined]  # so that many are open
    return engine


@EVERYWHERE
def test_pages_one_after_the_other_are_the_whole_list(filled: footfall.Engine) -> None:
    for name, page_of in LISTS.items():
        asked = at_one_moment(filled, page_of(filled))
        whole = asked(limit=None, after=None)
        assert len(whole) > 5, name
        assert len({row.cursor for row in whole}) == len(whole), name
        for size in (1, 7, len(whole), 1_000):
            assert walked(asked, size) == whole, (name, size)
        assert walked(asked, 5, goes_back=2) == whole, name
        assert asked(limit=None, after=whole[-1].cursor) == asked(limit=0, after=whole[0].cursor) == [], name


@EVERYWHERE
def test_a_visit_on_the_border_of_two_pages_knows_those_around_it(filled: footfall.Engine) -> None:
    first = filled.page_visits(CROWD[0], limit=3, fresh=True)
    second = filled.page_visits(CROWD[0], limit=3, after=first[-1].cursor, fresh=True)
    assert (first[-1].previous_url, second[0].next_url) == (second[0].url, first[-1].url)
    assert second[0].seconds_until_next is not None
    filled.track_many([visit(CROWD[0], 10**6, "/newest")])
    assert filled.page_visits(CROWD[0], limit=3, after=first[-1].cursor, fresh=True) == second


@EVERYWHERE
@pytest.mark.parametrize("size", [1, 9])
def test_everybody_is_met_once_however_they_are_seen_meanwhile(filled: footfall.Engine, size: int) -> None:
    rng, newcomers = random.Random(size), iter(named(f"newcomer {size} {n}") for n in range(10_000))
    minute = iter(range(24 * 60 * 40, 10**9))

    def meanwhile() -> None:
        filled.track_many([visit(rng.choice(CROWD), next(minute)) for _ in range(rng.randrange(6))])
        filled.track_many([visit(rng.choice(CROWD), rng.randrange(10_000), f"/late{next(minute)}")])
        filled.track_many([visit(next(newcomers), next(minute)) for _ in range(3)])
        filled.update(rng.choice(CROWD), {"seen": rng.random()})
        filled.update(rng.choice(CROWD), {"plan": "gold"})
        if rng.random() < 0.2:
            filled.rebuild("profiles")

    filled._parts.clock.now = NOON + 3_000 * DAY  # type: ignore[attr-defined]
    before = uuids(filled.profiles(limit=None, fresh=True))
    met = uuids(walked(lambda **page: filled.profiles(fresh=True, **page), size, meanwhile))
    assert len(set(met)) == len(met)
    assert set(before) <= set(met)
    gold = uuids(filled.profiles({"plan": "gold"}, limit=None, fresh=True))
    some = uuids(walked(lambda **page: filled.profiles({"plan": "gold"}, fresh=True, **page), size, meanwhile))
    assert len(set(some)) == len(some)
    assert set(gold) <= set(some)


@EVERYWHERE
def test_everybody_is_met_once_while_threads_write(filled: footfall.Engine) -> None:
    filled._parts.clock.now = NOON + 3_000 * DAY  # type: ignore[attr-defined]
    walking, minutes, failures = Event(), count(24 * 60 * 40), list[BaseException]()

    def write(seed: int) -> None:
        rng = random.Random(seed)
        try:
            while not walking.is_set():
                seen = [visit(rng.choice(CROWD), next(minutes)) for _ in range(5)]
                late = visit(rng.choice(CROWD), rng.randrange(10_000), f"/late{seed}")
                filled.track_many([*seen, late, visit(named(f"new {next(minutes)}"), next(minutes))])
        except BaseException as error:
            failures.append(error)

    before = uuids(filled.profiles(limit=None, fresh=True))
    writers = [Thread(target=write, args=(seed,)) for seed in range(2)]
    for writer in writers:
        writer.start()
    try:
        met = uuids(walked(lambda **page: filled.profiles(fresh=True, **page), 3))
    finally:
        walking.set()
        for writer in writers:
            writer.join()
    assert failures == []
    assert len(set(met)) == len(met)
    assert set(before) <= set(met)


def test_who_moves_ahead_by_hundreds_between_two_pages_is_met(engine: footfall.Engine) -> None:
    many = [named(f"one of many {n}") for n in range(300)]
    engine.track_many([visit(who, n) for n, who in enumerate(many)])
    first = engine.profiles(limit=10, fresh=True)
    engine.track_many([visit(who, 1_000 + n) for n, who in enumerate(many)])
    rows = [*first]
    while page := engine.profiles(limit=37, after=rows[-1].cursor, fresh=True):
        rows += page
    assert sorted(uuids(rows)) == sorted(map(str, many))


def test_a_customer_of_very_many_events_who_moves_ahead_is_met_once(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, n, f"/{n}") for n in range(100)])
    engine.track_many([visit(BOB, 200), visit(CAROL, 300)])
    (carol,) = engine.profiles(limit=1, fresh=True)
    engine.track_many([visit(ALICE, 400 + n, f"/{n}") for n in range(3)])
    alice, bob = engine.profiles(after=carol.cursor, fresh=True)
    assert (alice.uuid, bob.uuid, alice.events) == (str(ALICE), str(BOB), 103)
    engine.track_many([visit(ALICE, 500), visit(CAROL, 501)])
    assert uuids(engine.profiles(after=alice.cursor, fresh=True)) == [str(BOB)]
    assert engine.profiles(after=bob.cursor, fresh=True) == []


def test_who_comes_anew_in_front_does_not_prolong_a_walk(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0), visit(BOB, 1)])
    (bob,) = engine.profiles(limit=1, fresh=True)
    engine.track_many([visit(CAROL, 5), visit(CAROL, 6)])
    assert uuids(engine.profiles(after=bob.cursor, fresh=True)) == [str(ALICE)]


def late(start: int) -> Iterator[dict[str, Any]]:
    """Visits that join what lies half an hour apart, from the newest on."""
    for number in range(100):
        yield visit(ALICE, start - 20 * number, f"/late{number}")


def test_no_session_is_missed_or_comes_twice_while_late_events_join_them(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 40 * n) for n in range(60)])
    engine.track_many([visit(BOB, 40 * n + 1) for n in range(60)])
    before, joining = engine.sessions(limit=None, fresh=True), late(40 * 59 - 20)

    def meanwhile() -> None:
        engine.track_many([next(joining), next(joining)])

    met = walked(lambda **page: engine.sessions(fresh=True, **page), 7, meanwhile)
    ids = [row.session_id for row in met]
    assert len(set(ids)) == len(ids)
    standing = {row.session_id for row in engine.sessions(limit=None, fresh=True)}
    assert {row.session_id for row in before} & standing <= set(ids)
    # What was taken in is met as the session that took it in: each moment is covered.
    covered = [(row.uuid, row.started_at, row.last_activity_at) for row in met]
    for row in before:
        assert any(who == row.uuid and start <= row.started_at <= end for who, start, end in covered)


NO_CURSORS = ("", "start", "1.2.3", 7, b"sessions1.", "sessions1.", "sessions1.AAAA", "sessions2.ks8ABkdSVQvwAMQQ", "é")


@EVERYWHERE
def test_what_is_no_cursor_of_the_list_is_refused(filled: footfall.Engine) -> None:
    for page_of in LISTS.values():
        for cursor in NO_CURSORS:
            with pytest.raises(footfall.InvalidArgument, match="cursor"):
                page_of(filled)(limit=5, after=cursor)


@EVERYWHERE
def test_a_cursor_of_another_list_is_refused(filled: footfall.Engine) -> None:
    kinds = {name.split()[-1] if "of" not in name else name: page(filled) for name, page in LISTS.items()}
    chosen = ["sessions", "visits", "timeline", "profiles", "rejected"]
    cursors = {name: kinds[name](limit=1, after=None)[0].cursor for name in chosen}
    for own in chosen:
        for other in chosen:
            if other != own:
                with pytest.raises(footfall.InvalidArgument, match=f"a row of {own} .*cursor"):
                    kinds[own](limit=1, after=cursors[other])


@EVERYWHERE
def test_a_session_found_by_its_id_can_be_gone_on_behind(filled: footfall.Engine) -> None:
    rows = filled.sessions(limit=10, fresh=True)
    found = filled.session(rows[4].session_id, fresh=True)
    assert found is not None
    assert filled.sessions(limit=5, after=found.cursor, fresh=True) == rows[5:]


def test_a_timeline_is_of_a_span(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 40 * n, f"/{n}") for n in range(80)])
    noon = engine.timeline(ALICE, since=iso(NOON), until=iso(NOON + 40 * MINUTE), limit=None)
    assert {entry.action for entry in noon} == {"page.visit", "session.start"}
    late = engine.timeline(ALICE, since=iso(NOON + 40 * 70 * MINUTE), limit=None)
    assert [entry.params["url"] for entry in late if entry.action == "page.visit"] == [
        f"/{n}" for n in range(79, 69, -1)
    ]
    assert engine.timeline(ALICE, since=iso(NOON + timedelta(days=9) // timedelta(microseconds=1))) == []
    with pytest.raises(footfall.InvalidArgument):
        engine.timeline(ALICE, since="yesterday")
