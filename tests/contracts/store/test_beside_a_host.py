"""A database that an application has already: nothing of it is touched, whatever its tables are called."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

import footfall
from tests.contracts.log.streams import activity
from tests.contracts.store.old_store import Former, old_store
from tests.contracts.support import ALICE, OpenEngine, columns_of, execute_on_views, visit
from tests.torture.watch.plain_sql import is_sqlite, libpq, sqlite_file, views_file

NAMES = (
    "sessions",
    "profiles",
    "page_visits",
    "session_handles",
    "sessions_next",
    "sessions_old",
    "profiles_check",
    "log",
    "streams",
    "store",
    "due",
    "jobs",
    "version",
    "own_tables",
    "wanted",
    "needed",
)


BESIDE = {"tokens", "wanted"}


class Host:
    """An application's own connection to the database, and its tables."""

    def __init__(self, url: str) -> None:
        self._connection: Any = (
            sqlite3.connect(sqlite_file(url), isolation_level=None)
            if is_sqlite(url)
            else psycopg.connect(libpq(url), autocommit=True)
        )

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Carry a statement out; returns its rows."""
        cursor = self._connection.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []

    def make(self, *tables: str) -> None:
        """Make tables with a row each, and an index each."""
        for table in tables:
            self.run(f"CREATE TABLE {table} (id INTEGER, token TEXT)")
            self.run(f"CREATE INDEX {table}_token ON {table} (token)")
            self.run(f"INSERT INTO {table} VALUES (1, 'mine')")

    def version(self, number: str) -> None:
        """Make the table in which Alembic keeps the host's own version."""
        self.run("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        self.run(f"INSERT INTO alembic_version VALUES ('{number}')")

    def rows(self, *tables: str) -> list[list[tuple[Any, ...]]]:
        """What is in tables."""
        return [self.run(f"SELECT * FROM {table}") for table in tables]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@pytest.fixture
def host(database_url: str) -> Iterator[Host]:
    """The application, whose tables were there first."""
    with closing(Host(database_url)) as application:
        yield application


@pytest.fixture
def guest_house(sqlite_url: str) -> Iterator[Host]:
    """The same in a SQLite file."""
    with closing(Host(sqlite_url)) as application:
        yield application


def use_all_of(engine: footfall.Engine) -> None:
    """Write, read, rebuild, verify and redrive."""
    assert {result.reason for result in engine.track_many([visit(ALICE, 0), visit(ALICE, 100)])} == {None}
    engine.rebuild()
    assert (engine.stats().sessions, engine.verify().ok) == (2, True)
    engine.sweep()
    engine.redrive_parked()


def test_tables_of_a_host_stay_whatever_their_names_are(engine_at: OpenEngine, database_url: str, host: Host) -> None:
    host.make(*NAMES)
    host.version("ae1027a6acf0")
    for _ in range(2):
        with engine_at(database_url) as engine:
            use_all_of(engine)
        assert host.rows(*NAMES) == [[(1, "mine")]] * len(NAMES)
        assert host.rows("alembic_version") == [[("ae1027a6acf0",)]]


@pytest.mark.parametrize("number", ["0001", "0002", "0003", "9999"])
def test_a_version_of_the_host_is_not_taken_for_one_of_footfall(
    engine_at: OpenEngine, database_url: str, host: Host, number: str
) -> None:
    host.make("store", "sessions")
    host.version(number)
    use_all_of(engine_at(database_url))
    assert host.rows("store", "sessions", "alembic_version") == [[(1, "mine")], [(1, "mine")], [(number,)]]


@pytest.mark.usefixtures("host")
def test_every_name_of_footfall_in_a_file_begins_alike(engine_at: OpenEngine, sqlite_url: str) -> None:
    use_all_of(engine_at(sqlite_url))
    with closing(Host(sqlite_url)) as other:
        names = {name for (name,) in other.run("SELECT name FROM sqlite_master")}
    strangers = {name for name in names if not name.startswith(("footfall_", "sqlite_autoindex_footfall_"))}
    assert strangers <= {"sqlite_sequence"}


def test_a_table_in_the_place_of_one_of_the_store_is_an_error_and_stays(
    engine_at: OpenEngine, database_url: str, host: Host
) -> None:
    host.run("CREATE TABLE placeholder (mine TEXT)") if is_sqlite(database_url) else host.run("CREATE SCHEMA footfall")
    taken = "footfall_log" if is_sqlite(database_url) else "footfall.log"
    host.run(f"CREATE TABLE {taken} (mine TEXT)")
    with pytest.raises(footfall.FootfallError, match="log that Footfall did not make"):
        engine_at(database_url)
    assert host.run(f"SELECT count(*) FROM {taken}") == [(0,)]
    assert [table for table in columns_of(database_url) if table != "log"] == []


def test_a_view_whose_place_somebody_else_took_is_an_error_and_nothing_is_dropped(
    engine_at: OpenEngine, database_url: str
) -> None:
    engine_at(database_url).close()
    execute_on_views(database_url, "DROP TABLE footfall.sessions")
    execute_on_views(database_url, "DELETE FROM footfall.own_tables WHERE name = 'sessions'")
    execute_on_views(database_url, "CREATE TABLE footfall.sessions (id INTEGER, token TEXT)")
    with pytest.raises(footfall.FootfallError, match="sessions that Footfall did not make"):
        engine_at(database_url)
    assert columns_of(database_url)["sessions"] == ["id", "token"]


def test_statements_do_not_depend_on_the_search_path(engine_at: OpenEngine, postgres_url: str) -> None:
    with closing(Host(postgres_url)) as host:
        host.run("CREATE SCHEMA elsewhere")
        database = host.run("SELECT current_database()")[0][0]
        host.run(f'ALTER DATABASE "{database}" SET search_path = elsewhere')
        use_all_of(engine_at(postgres_url, schema="footfall"))
        use_all_of(engine_at(postgres_url, schema="another place"))
        tables = {schema for (schema,) in host.run("SELECT DISTINCT schemaname FROM pg_tables")}
    assert tables - {"pg_catalog", "information_schema"} == {"footfall", "another place"}


@pytest.mark.parametrize("schema", ["", 'a"b', "it's", "50%", "x" * 64, "a\nb"])
def test_a_schema_that_no_statement_can_name_is_refused(engine_at: OpenEngine, postgres_url: str, schema: str) -> None:
    with pytest.raises(footfall.InvalidArgument, match="schema"):
        engine_at(postgres_url, schema=schema)


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_an_old_store_is_moved_and_the_tables_beside_it_stay(
    engine_at: OpenEngine, database_url: str, host: Host, revision: str
) -> None:
    host.make(*BESIDE)
    former = old_store(database_url, {ALICE: [activity("first", 0), activity("second", 100)]}, revision=revision)
    with engine_at(database_url) as engine:
        assert engine.profile(ALICE).events == 2
        use_all_of(engine)
    assert host.rows(*BESIDE) == [[(1, "mine")]] * len(BESIDE)
    assert not names_of_old(former, database_url)


def names_of_old(former: Former, url: str) -> set[str]:
    """What in a SQLite file bears a name that a store has no more."""
    if not is_sqlite(url):
        return set()
    names = {name for (name,) in former.run("SELECT name FROM sqlite_master")} - {"sqlite_sequence"}
    return (
        {name for name in names if not name.startswith(("footfall_", "sqlite_autoindex_footfall_"))}
        - BESIDE
        - {f"{table}_token" for table in BESIDE}
    )


def test_a_table_that_looks_like_no_view_of_an_old_store_is_the_hosts(engine_at: OpenEngine, database_url: str) -> None:
    former = old_store(database_url, {ALICE: [activity("first", 0)]}, revision="0002")
    former.run("DROP TABLE sessions")
    former.run("CREATE TABLE sessions (id INTEGER, token TEXT)")
    former.run("INSERT INTO sessions VALUES (?, ?)", (1, "mine"))
    if is_sqlite(database_url):
        assert [row.activities for row in engine_at(database_url).sessions(ALICE, fresh=True)] == [1]
    else:  # there it stands where the view must be
        with pytest.raises(footfall.FootfallError, match="sessions that Footfall did not make"):
            engine_at(database_url)
    assert former.run("SELECT * FROM sessions") == [(1, "mine")]


def test_an_old_store_whose_new_names_are_taken_stays_as_it_is(engine_at: OpenEngine, sqlite_url: str) -> None:
    former = old_store(sqlite_url, {ALICE: [activity("first", 0)]})
    former.run("CREATE TABLE footfall_log (mine TEXT)")
    before = former.run("SELECT name, sql FROM sqlite_master ORDER BY name")
    with pytest.raises(footfall.FootfallError, match="footfall_log that Footfall did not make"):
        engine_at(sqlite_url)
    assert former.run("SELECT name, sql FROM sqlite_master ORDER BY name") == before


@pytest.mark.parametrize("name", ["sessions", "profiles_next", "session_handles_old", "log_position_seq"])
def test_whatever_stands_in_the_way_is_found_before_anything_is_made(
    engine_at: OpenEngine, database_url: str, host: Host, name: str
) -> None:
    if is_sqlite(database_url):
        host.run(f"CREATE TABLE FOOTFALL_{name.replace('log_position_seq', 'log')} (mine TEXT)")
    else:
        host.run("CREATE SCHEMA footfall")
        host.run(
            f"CREATE {'SEQUENCE' if name.endswith('seq') else 'MATERIALIZED VIEW'} footfall.{name} "
            f"{'' if name.endswith('seq') else 'AS SELECT 1'}"
        )
    with pytest.raises(footfall.NameTaken):
        engine_at(database_url)
    assert set(columns_of(database_url)) <= {name, "log"}
    if is_sqlite(database_url):
        assert host.run("PRAGMA journal_mode") == [("delete",)]


def test_looking_whether_a_store_is_there_changes_nothing(
    engine_at: OpenEngine, sqlite_url: str, guest_house: Host
) -> None:
    guest_house.make("orders")
    before = Path(sqlite_file(sqlite_url)).read_bytes()
    with pytest.raises(footfall.MigrationNeeded):
        engine_at(sqlite_url, migrate=False)
    assert Path(sqlite_file(sqlite_url)).read_bytes() == before


def test_a_file_that_somebody_writes_to_is_waited_for(
    engine_at: OpenEngine, sqlite_url: str, guest_house: Host
) -> None:
    guest_house.make("orders")
    guest_house.run("BEGIN IMMEDIATE")
    guest_house.run("INSERT INTO orders VALUES (2, 'mine')")
    with ThreadPoolExecutor(1) as threads:
        opening = threads.submit(engine_at, sqlite_url)
        time.sleep(0.5)
        guest_house.run("COMMIT")
        assert opening.result().track_many([visit(ALICE, 0)])[0].status == "accepted"


def test_triggers_and_views_of_a_host_say_what_they_said_after_a_rebuild(
    engine_at: OpenEngine, sqlite_url: str
) -> None:
    engine = engine_at(sqlite_url)
    engine.track_many([visit(ALICE, 0)])
    engine.catch_up()
    with closing(Host(f"sqlite:///{views_file(sqlite_url)}")) as guest_house:
        check_a_rebuild(engine, guest_house)


def check_a_rebuild(engine: footfall.Engine, guest_house: Host) -> None:
    """What a host adds beside the views is as it was, and sees the new rows."""
    guest_house.make("orders", "seen")
    guest_house.run("CREATE VIEW mine AS SELECT * FROM footfall_sessions")
    guest_house.run("CREATE VIEW broken AS SELECT * FROM nowhere")
    guest_house.run(
        "CREATE TRIGGER after_order AFTER INSERT ON orders "
        "BEGIN INSERT INTO seen SELECT count(*), 'sessions' FROM footfall_sessions; END"
    )
    before = guest_house.run("SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name")
    for _ in range(2):
        engine.rebuild()
        guest_house.run("INSERT INTO orders VALUES (2, 'mine')")
    assert guest_house.run("SELECT id FROM seen WHERE token = 'sessions'") == [(1,), (1,)]
    assert (
        guest_house.run("SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name") == before
    )
    assert guest_house.run("SELECT count(*) FROM mine") == [(1,)]


def test_a_view_of_a_host_that_a_rebuild_would_take_away_is_named(engine_at: OpenEngine, postgres_url: str) -> None:
    engine = engine_at(postgres_url)
    with closing(Host(postgres_url)) as host:
        host.run("CREATE VIEW mine AS SELECT * FROM footfall.sessions")
        with pytest.raises(footfall.StoreRefused, match="depend"):
            engine.rebuild("sessions")
        assert host.run("SELECT count(*) FROM mine") == [(0,)]
