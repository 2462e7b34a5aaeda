"""A rebuild folds each stream by itself: wherever chunks and pieces end, and whoever works, it gives the same rows."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa

import footfall
from footfall.domain.errors import InvalidArgument
from footfall.infrastructure.background.worker_processes import WorkerEnded
from footfall.infrastructure.database.connections import driver
from footfall.infrastructure.database.database import Database
from footfall.infrastructure.log import scans
from footfall.infrastructure.views.dialects import view_statements
from footfall.infrastructure.views.dialects.postgres import PostgresViews
from footfall.infrastructure.views.rebuilding import stream_fold
from footfall.projections.page_visits import PageVisits
from footfall.projections.sessions import Sessions
from tests.contracts.connected import OTHERS, break_off
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, BOB, OpenEngine, crowd, execute, named, shown_by, views_database, visit
from tests.contracts.views.before_rebuild import VIEWS
from tests.contracts.views.test_parking import break_fold

Rows = dict[str, list[Any]]
TABLES = ("page_visits", "sessions", "session_handles", "profiles", "attribute_values")


def everything(url: str) -> Rows:
    """All rows of all views, sorted."""
    with views_database(url) as database, database.read() as connection:
        found = {table: connection.execute(sa.text(f"SELECT * FROM footfall.{table}")).all() for table in TABLES}
    return {table: sorted(map(str, rows)) for table, rows in found.items()}


def indexes(url: str) -> dict[str, set[tuple[Any, ...]]]:
    """The columns of the indexes of all views, and whether they are unique."""
    with views_database(url) as database, database.read() as connection:
        naming, inspector = database.dialect.naming, sa.inspect(connection)
        looked_at = {table: inspector.get_indexes(naming.table(table), naming.schema) for table in TABLES}
    return {table: {(*one["column_names"], bool(one["unique"])) for one in found} for table, found in looked_at.items()}


def filled_partitions(url: str) -> int:
    """How many partitions of page visits have been filled anew by now."""
    return len(
        execute(url, "SELECT 1 FROM footfall.checkpoints WHERE projection = 'page_visits_next' AND position > 0")
    )


@pytest.fixture
def filled(engine: footfall.Engine) -> footfall.Engine:
    """An engine with late and repeated events, revised sessions, attributes, and two timeouts."""
    events = [*crowd(40, visits=6), *(visit(ALICE, minute * 17, f"/{minute}") for minute in range(60))]
    random.Random(5).shuffle(events)
    engine.track_many(events[:150])
    engine.set_session_timeout("5m")
    engine.track_many([*events[100:], *events[:30]])
    for who in (ALICE, named("customer 7")):
        engine.update(who, {"tier": "gold", "age": 40})
    engine.sweep()
    engine.catch_up()
    return engine


@pytest.mark.parametrize(("chunk", "piece"), [(1, 1), (7, 3), (50, 10_000), (10_000, 4)])
def test_chunks_and_pieces_may_end_anywhere(
    filled: footfall.Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, chunk: int, piece: int
) -> None:
    before = everything(database_url)
    assert all(before.values())
    monkeypatch.setattr(scans, "CHUNK", chunk)
    monkeypatch.setattr(stream_fold, "MOST_AT_ONCE", piece)
    filled.rebuild()
    assert everything(database_url) == before


@pytest.mark.databases
def test_a_piece_of_a_long_stream_is_folded_with_the_rows_that_it_reaches_alone(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.track_many([visit(ALICE, 20 * minute) for minute in range(3)])
    engine.track_many([visit(ALICE, 60 * hour) for hour in range(2, 20)])
    monkeypatch.setattr(stream_fold, "MOST_AT_ONCE", 2)
    whole, reached = Sessions.fold, list[int]()

    def fold(self: Sessions, customer: Any, rows: Any, events: Any) -> Any:
        reached.append(len(rows))
        return whole(self, customer, rows, events)

    monkeypatch.setattr(Sessions, "fold", fold)
    engine.rebuild("sessions")
    assert reached == [0, 1, *[0] * 18]
    assert [row.activities for row in engine.sessions(ALICE, fresh=False)] == [1] * 18 + [3]


def test_the_indexes_are_those_of_a_new_store(filled: footfall.Engine, database_url: str) -> None:
    before = indexes(database_url)
    filled.rebuild()
    assert indexes(database_url) == before
    assert ("uuid", "time", "ahead", "event_id", True) in before["page_visits"]


def test_a_customer_that_fails_in_a_later_piece_keeps_what_came_before(
    filled: footfall.Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(database_url)
    monkeypatch.setattr(scans, "CHUNK", 5)
    monkeypatch.setattr(stream_fold, "MOST_AT_ONCE", 5)
    with monkeypatch.context() as broken:
        whole, calls = PageVisits.fold, list[Any]()

        def fold(self: PageVisits, customer: Any, rows: Any, events: Any) -> Any:
            if customer == ALICE:
                calls.append(customer)
                if len(calls) > 2:
                    raise ValueError("this fold is broken")
            return whole(self, customer, rows, events)

        broken.setattr(PageVisits, "fold", fold)
        filled.rebuild()
        (parked,) = filled.status().parked
        assert (parked.projection, parked.uuid) == ("page_visits", str(ALICE))
        assert 0 < len(filled.page_visits(ALICE, fresh=False)) < 60
    assert [healed for _, healed in filled.redrive_parked()] == [True]
    assert everything(database_url) == before


def test_a_customer_that_is_parked_from_the_first_event_on_harms_no_other(
    filled: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        break_fold(broken, Sessions)
        filled.rebuild()
    assert [(row.projection, row.uuid) for row in filled.status().parked] == [("sessions", str(ALICE))]
    assert filled.sessions(named("customer 7"), fresh=False)
    filled.redrive_parked()


def test_workers_give_the_same_rows(engine_at: OpenEngine, postgres_url: str) -> None:
    engine = engine_at(postgres_url)
    engine.track_many(crowd(200, visits=5))
    engine.catch_up()
    before, taken = everything(postgres_url), list[int]()

    def wait_for_the_other(rows: int) -> None:
        taken.append(rows)
        if len(taken) == 1:
            assert eventually(lambda: filled_partitions(postgres_url) == 3)

    assert engine.rebuild(workers=2, progress=wait_for_the_other) == list(TABLES)
    assert sum(taken) == 1_000 + 200  # what tells that a session began is folded, too
    assert everything(postgres_url) == before
    assert engine.verify().ok


def test_a_worker_that_is_killed_is_told_of_and_leaves_the_views_as_they_were(
    engine_at: OpenEngine, postgres_url: str
) -> None:
    engine = engine_at(postgres_url)
    engine.track_many(crowd(200, visits=5))
    engine.catch_up()
    before = shown_by(engine)

    def kill_the_other(_taken: int) -> None:
        for one in psutil.Process().children():
            if "spawn_main" in " ".join(one.cmdline()):
                one.kill()

    with pytest.raises(WorkerEnded, match="try again"):
        engine.rebuild(workers=2, progress=kill_the_other)
    assert shown_by(engine) == before
    assert engine.rebuild(workers=2) == list(TABLES)
    assert shown_by(engine) == before
    assert engine.verify().ok


def test_a_script_without_a_guard_is_told_of_it_where_its_worker_runs_it_again(
    postgres_url: str, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"import footfall\nwith footfall.open({postgres_url!r}) as engine:\n    engine.rebuild(workers=2)\n"
    )
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 1
    assert 'keep what that module runs under `if __name__ == "__main__":`' in ended.stderr
    assert "WorkerEnded" in ended.stderr


def test_workers_that_are_of_no_use_are_refused(engine_at: OpenEngine, sqlite_url: str, postgres_url: str) -> None:
    with pytest.raises(InvalidArgument, match="2 workers need PostgreSQL"):
        engine_at(sqlite_url).rebuild(workers=2)
    with pytest.raises(InvalidArgument, match="5 workers are more than the 4 partitions"):
        engine_at(postgres_url).rebuild(workers=5)
    with pytest.raises(InvalidArgument, match="at least one"):
        engine_at(postgres_url).rebuild(workers=0)


def test_a_password_reaches_workers_but_no_command_line(engine_at: OpenEngine, postgres_url: str) -> None:
    secret = sa.make_url(postgres_url).set(password="s3cret").render_as_string(hide_password=False)  # noqa: S106
    engine = engine_at(secret)
    engine.track_many([visit(ALICE, 0), visit(BOB, 0)])
    lines: list[str] = []
    engine.rebuild(
        workers=2, progress=lambda _: lines.extend(" ".join(one.cmdline()) for one in psutil.Process().children())
    )
    assert lines
    assert not [line for line in lines if "s3cret" in line]


@pytest.mark.parametrize("asked", ["OFF", "ON", "FAST"])
def test_sqlite_writes_over_what_is_deleted_as_before_once_a_replaced_view_is_dropped(
    sqlite_url: str, asked: str
) -> None:
    """The setting is the connection's, and connections are used again."""
    database = Database(sqlite_url)
    with database.write() as connection:
        raw = driver(connection)
        raw.execute(f"PRAGMA secure_delete = {asked}").fetchall()
        before = raw.execute("PRAGMA secure_delete").fetchall()
        with suppress(ZeroDivisionError), view_statements(database.dialect).leaving_pages(raw):
            assert raw.execute("PRAGMA secure_delete").fetchall() == [(0,)]
            raise ZeroDivisionError
        assert raw.execute("PRAGMA secure_delete").fetchall() == before
    database.close()


@pytest.mark.direct
@pytest.mark.filterwarnings("ignore:<psycopg.ServerCursor:ResourceWarning")  # which it cannot close any more
def test_a_rebuild_whose_connections_are_cut_raises_once_and_leaves_the_views(
    engine_at: OpenEngine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_at(postgres_url, partitions=1)
    engine.track_many(crowd(300, visits=4))
    before = shown_by(engine)
    add = PostgresViews.add

    def cut_and_add(*given: Any) -> None:
        break_off(postgres_url, OTHERS)
        add(*given)

    monkeypatch.setattr(scans, "CHUNK", 100)  # so that more of the log is to be read when it happens
    monkeypatch.setattr(PostgresViews, "add", cut_and_add)
    with pytest.raises(footfall.StoreUnavailable):
        engine.rebuild()
    gc.collect()  # what was left to the collector would complain now, which fails the test
    monkeypatch.undo()
    assert shown_by(engine) == before
    assert engine.rebuild() == VIEWS
    assert engine.verify().ok
