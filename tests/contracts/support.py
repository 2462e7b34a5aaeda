"""What the suites on real databases share: a clock that is set by hand, events by name, direct SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

import footfall
import footfall.testing
from footfall.domain.moments import iso
from footfall.infrastructure.database.beside import beside_the_log
from footfall.infrastructure.database.database import Database
from footfall.infrastructure.database.sqlite_url import beside, file_of
from footfall.infrastructure.wiring import Parts

OpenEngine = Callable[..., footfall.Engine]
"""`engine_at(url, **options)`: an engine with the test's clock, closed when the test is over."""

NOON = 1_767_268_800_000_000
"""2026-01-01T12:00:00Z in µs."""
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
YEAR = 365 * DAY

_NAMES = UUID("6f1c2f0e-53a8-5c1b-9a39-1d6b7a5f2d10")


class ManualClock(footfall.testing.ManualClock):
    """A clock that a test sets, in µs; a year after noon unless it is told otherwise."""

    def __init__(self, now: int = NOON + YEAR) -> None:
        super().__init__()
        self.now = now


def named(name: str) -> UUID:
    """The same uuid for the same name, in every run."""
    return uuid5(_NAMES, name)


ALICE, BOB, CAROL = named("alice"), named("bob"), named("carol")


def visit(customer: UUID, minute: float, url: str = "/", **params: Any) -> dict[str, Any]:
    """A page visit so many minutes after noon, with an event id that follows from customer, minute and url."""
    event_id = named(f"{customer} {minute} {url}")
    time = iso(NOON + round(minute * MINUTE))
    return {
        "uuid": customer,
        "action": "page.visit",
        "params": {"url": url, **params},
        "time": time,
        "event_id": event_id,
    }


def crowd(customers: int, visits: int = 3) -> list[dict[str, Any]]:
    """Visits of many customers, ten minutes apart: one session each."""
    return [visit(named(f"customer {who}"), 10 * n, f"/{n}") for n in range(visits) for who in range(customers)]


def statuses(results: Sequence[footfall.Result]) -> list[str]:
    """What became of each submission."""
    return [str(result.status) for result in results]


def shown_by(engine: footfall.Engine) -> dict[str, Any]:
    """What readers of the views see, without catching up."""
    who = named("customer 7")
    return {
        "stats": engine.stats(fresh=False),
        "pages": engine.pages(fresh=False),
        # A cursor holds positions, which are a store's own.
        "profiles": [replace(row, cursor="") for row in engine.profiles(fresh=False, limit=None)],
        "visits": engine.page_visits(who, fresh=False),
        "sessions": engine.sessions(who, fresh=False),
    }


def parts_of(engine: footfall.Engine) -> Parts:
    """The parts of an engine on a database."""
    parts = engine._parts
    assert isinstance(parts, Parts)
    return parts


def execute(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement, in which `footfall.` stands before a table, on the store behind the engine's back; returns its
    rows, if it has any."""
    with closing(Database(url)) as database:
        if database.dialect.one_writer:
            sa.event.listen(database.opener, "connect", partial(_attach_views, database))
        with database.write() as connection:
            result = connection.execute(sa.text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []


def _attach_views(database: Database, driver: Any, _record: Any) -> None:
    file = beside(database.url).database or ""
    if Path(file).exists():  # a name is looked for in the log's file first: `views.` before it says which is meant
        driver.execute("ATTACH ? AS views", (file,))


def execute_on_views(url: str, statement: str) -> None:
    """Run a statement where the views of a store are."""
    with views_database(url) as database, database.write() as connection:
        connection.execute(sa.text(statement))


@contextmanager
def views_database(url: str) -> Iterator[Database]:
    """Where the views of a store are."""
    with closing(Database(url)) as log, closing(beside_the_log(log)) as views:
        yield views


def literal(uuid: UUID, url: str) -> str:
    """A uuid as the SQL of a database writes it."""
    return f"x'{uuid.hex}'" if url.startswith("sqlite") else f"'{uuid}'"


def binary(value: bytes, url: str) -> str:
    """Bytes as the SQL of a database writes them."""
    return f"x'{value.hex()}'" if url.startswith("sqlite") else f"decode('{value.hex()}', 'hex')"


def columns_of(url: str) -> dict[str, list[str]]:
    """The columns of every table of the store."""
    found: dict[str, list[str]] = {}
    with views_database(url) as views, closing(Database(url)) as log:
        for database in (log, views):
            if database is views and views.dialect.one_writer and not file_of(views.url).exists():
                continue
            with database.read() as connection:
                naming, seen = database.dialect.naming, sa.inspect(connection)
                tables = naming.names(set(seen.get_table_names(naming.schema)))
                columns = {table: seen.get_columns(naming.table(table), naming.schema) for table in tables}
                found |= {table: [column["name"] for column in columns[table]] for table in tables}
    return dict(sorted(found.items()))


def versions(url: str) -> dict[Any, list[int]]:
    """The version numbers of every customer's stream, in the order of the log."""
    streams: dict[Any, list[int]] = {}
    for customer, version in execute(
        url, "SELECT customer, version FROM footfall.log WHERE partition >= 0 ORDER BY position"
    ):
        streams.setdefault(customer, []).append(version)
    return streams


def gapless(streams: Iterable[list[int]]) -> bool:
    """Whether every stream is numbered from 1 without a hole or a double."""
    return all(stream == list(range(1, len(stream) + 1)) for stream in streams)
