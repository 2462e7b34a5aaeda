"""A database with tables of Footfall's names: every row stays as it was, whoever opens and rebuilds beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import footfall
from tests.contracts.servers import fresh_database

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import every_table_is_ours
from ...made_up.writers import Taking
from ...watch.checker import check_store
from ...watch.plain_sql import is_sqlite, query
from ...watch.views import catch_up

PLAIN = ("sessions", "profiles", "page_visits", "log", "streams", "store", "due", "jobs", "snapshots", "version")
IN_THE_WAY = ("log", "sessions", "profiles", "session_handles", "own_tables", "due", "sessions_next")
WHO = UUID(int=7, version=4)


@pytest.fixture(params=["sqlite", "postgres"])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path, postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes empty databases."""
    with ExitStack() as made:
        number = count()

        def make() -> str:
            if request.param == "sqlite":
                return f"sqlite:///{tmp_path}/{next(number)}.db"
            return made.enter_context(fresh_database(postgres_server))

        yield make


def use(say: Callable[[Any], None], url: str, taken_away: Taking | None) -> None:
    """Open a store and rebuild its views, again and again."""
    with pytest.MonkeyPatch.context() as patch:
        if taken_away is not None:
            taken_away(patch)
        while True:
            try:
                with footfall.open(url, partitions=4) as engine:
                    engine.track(WHO, "page.visit", {"url": "/"})
                    engine.rebuild()
                    say("rebuilt")
            except footfall.FootfallError as error:
                say(str(error))


def host_tables(torture: Torture, url: str) -> list[str]:
    """Tables of a host with a row each: some beside those of the store, one in the place of one of them."""
    query(url, "CREATE TABLE tokens (mine TEXT)" if is_sqlite(url) else "CREATE SCHEMA IF NOT EXISTS footfall")
    plain = [f"{name}" if is_sqlite(url) else f"public.{name}" for name in torture.rng.sample(PLAIN, 4)]
    made = [*plain, f"footfall.{torture.rng.choice(IN_THE_WAY)}"]
    for table in made:
        query(url, f"CREATE TABLE {table} (mine TEXT)")
        query(url, f"INSERT INTO {table} VALUES ('a row')")
    return made


def stand_beside(torture: Torture, urls: Callable[[], str], rounds: int, taken_away: Taking | None) -> None:
    """So many databases of hosts, each with a Footfall that is killed while it opens, writes and rebuilds."""
    for _ in range(rounds):
        url = urls()
        tables = host_tables(torture, url)
        *_, in_the_way = tables
        for there in (True, False):
            with Child(use, url, taken_away) as child:
                torture.tally.acknowledged += child.hear() == "rebuilt"
                torture.tally.cycles += child.kill(after=torture.rng.random() * 0.1)
            for table in tables:
                if _rows(url, table) != [("a row",)]:
                    torture.tally.differs(f"{table} is not what it was")
            if there:
                query(url, f"DROP TABLE IF EXISTS {in_the_way}")
                tables.remove(in_the_way)
        if not torture.tally.damaged:
            catch_up(url, torture.tally)
            check_store(url, torture.tally)


def _rows(url: str, table: str) -> list[tuple[Any, ...]] | None:
    try:
        return query(url, f"SELECT mine FROM {table}")
    except Exception:  # the table is gone, or another one stands in its place
        return None


def test_every_row_is_as_before(torture: Torture, fresh_url: Callable[[], str]) -> None:
    rounds = torture.scaled(50, short=2)
    torture.endure(lambda without: stand_beside(torture, fresh_url, rounds, without), every_table_is_ours)


def test_control_whatever_is_in_the_way_is_dropped(torture: Torture, fresh_url: Callable[[], str]) -> None:
    torture.control(lambda without: stand_beside(torture, fresh_url, 1, without), every_table_is_ours)
