"""The view of sessions, row by row, against PostgreSQL's window functions over a plain table of the same events."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import pytest
import sqlalchemy as sa

import footfall
from footfall.domain.moments import iso, parse
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from footfall.infrastructure.database.database import Database
from footfall.projections.sessions import SessionRow
from tests.contracts.support import DAY, MINUTE, NOON, named, statuses

_TABLE = """
CREATE TABLE public.plain (customer uuid, time bigint, event_id uuid, url text, counts boolean, timeout bigint)
"""
_FILL = "INSERT INTO public.plain VALUES (:customer, :time, :event_id, :url, :counts, :timeout)"
# With one timeout for all a session begins where the gap to the event before is longer than the timeout.
BY_GAP = "time - lag(time) OVER (PARTITION BY customer ORDER BY time, event_id) > timeout"
# With several it begins where no event before reaches.
BY_REACH = """time > max(time + timeout) OVER (
    PARTITION BY customer ORDER BY time, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
)"""
_SESSIONS = """
WITH marked AS (SELECT *, coalesce({begins}, true)::int AS begins FROM public.plain WHERE counts),
numbered AS (SELECT *, sum(begins) OVER (PARTITION BY customer ORDER BY time, event_id) AS number FROM marked)
SELECT customer, min(time), max(time), max(time + timeout), count(*), count(url),
    (array_agg(url ORDER BY time, event_id) FILTER (WHERE url IS NOT NULL))[1],
    (array_agg(url ORDER BY time DESC, event_id DESC) FILTER (WHERE url IS NOT NULL))[1],
    (array_agg(event_id ORDER BY time, event_id))[1]
FROM numbered GROUP BY customer, number
"""
GAPS = [0, 0, 1, MINUTE, DEFAULT_TIMEOUT - 1, DEFAULT_TIMEOUT, DEFAULT_TIMEOUT, DEFAULT_TIMEOUT + 1, DAY]


class Act(NamedTuple):
    """What a customer did: a visit of a page if it has a url; `counts` as session activity."""

    customer: UUID
    time: int
    event_id: UUID
    url: str | None
    counts: bool

    def sent(self) -> dict[str, Any]:
        """The event as the sender writes it."""
        action = "server.noted" if not self.counts else "button.click" if self.url is None else "page.visit"
        content = {"action": action, "params": {"url": self.url} if self.url else {}, "event_id": self.event_id}
        return {"uuid": self.customer, "time": iso(self.time), **content}


def crowd_of(rng: random.Random) -> list[Act]:
    """Twenty customers' acts, in no order, from both sides of the epoch."""
    acts = []
    for _ in range(20):
        time, customer = rng.choice([NOON, 0]) + rng.randrange(-10 * DAY, 10 * DAY), named(f"{rng.random()}")
        for _ in range(rng.choice([1, 5, 60])):
            counts, url = rng.random() < 0.8, rng.choice(["/", "/a", "/b", None])
            acts.append(Act(customer, time, UUID(int=rng.getrandbits(128), version=4), url, counts))
            time += rng.choice(GAPS)
    return rng.sample(acts, len(acts))


def batches(rng: random.Random, acts: list[Act]) -> Iterator[list[Act]]:
    """The acts, some of them twice or three times, in batches of random sizes."""
    again = acts + rng.choices(acts, k=len(acts) // 3)
    rest = rng.sample(again, len(again))
    while rest:
        size = rng.choice([1, 3, 20, 100])
        yield rest[:size]
        rest = rest[size:]


def take_in(engine: footfall.Engine, rng: random.Random, acts: list[Act], timeouts: list[int]) -> dict[UUID, int]:
    """Hand everything in, with sweeps, catch-ups and other timeouts between; under which timeout each act came."""
    came_under: dict[UUID, int] = {}
    for batch in batches(rng, acts):
        timeout = rng.choice(timeouts)
        engine.set_session_timeout(timedelta(microseconds=timeout))
        before = len(came_under)
        for act in batch:
            came_under.setdefault(act.event_id, timeout)
        answers = statuses(engine.track_many([act.sent() for act in batch]))
        assert answers.count("accepted") == len(came_under) - before
        assert answers.count("duplicate") == len(answers) - (len(came_under) - before)
        rng.choice([engine.sweep, engine.catch_up, engine.status])()
    return came_under


def by_sql(url: str, acts: list[Act], timeouts: dict[UUID, int], begins: str) -> list[tuple[Any, ...]]:
    """What PostgreSQL computes of a plain table."""
    database = Database(url)
    try:
        with database.write() as connection:
            connection.execute(sa.text(_TABLE))
            rows = [{**act._asdict(), "timeout": timeouts[act.event_id]} for act in acts]
            connection.execute(sa.text(_FILL), [row | {"url": row["url"] if row["counts"] else None} for row in rows])
            found = connection.execute(sa.text(_SESSIONS.format(begins=begins)))
            return sorted((str(uuid5(row[0], f"session {row[8]}")), str(row[0]), *row[1:8]) for row in found)
    finally:
        database.close()


def moments(row: SessionRow) -> list[int]:
    return [parse(moment) for moment in (row.started_at, row.last_activity_at, row.deadline)]


def by_engine(engine: footfall.Engine) -> list[tuple[Any, ...]]:
    """What the view of sessions holds."""
    return sorted(
        (row.session_id, row.uuid, *moments(row), row.activities, row.page_visits, row.entry_url, row.exit_url)
        for row in engine.sessions(fresh=True)
    )


@pytest.mark.parametrize(
    ("timeouts", "begins"),
    [([DEFAULT_TIMEOUT], BY_GAP), ([DEFAULT_TIMEOUT, MINUTE, DEFAULT_TIMEOUT + 1], BY_REACH)],
    ids=["one timeout", "several timeouts"],
)
@pytest.mark.parametrize("seed", range(3))
def test_the_view_holds_the_rows_that_window_functions_give(
    engine: footfall.Engine, postgres_url: str, seed: int, timeouts: list[int], begins: str
) -> None:
    rng = random.Random(f"{seed} {len(timeouts)}")
    acts = crowd_of(rng)
    engine.define("server.noted", session_activity=False)
    came_under = take_in(engine, rng, acts, timeouts)
    expected = by_sql(postgres_url, acts, came_under, begins)
    assert len(expected) > 20
    assert by_engine(engine) == expected
    engine.rebuild("sessions")
    assert by_engine(engine) == expected
