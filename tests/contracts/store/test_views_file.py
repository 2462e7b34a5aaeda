"""The file that the views of a SQLite store have of their own: deleted, put back, of another log, damaged, held."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import footfall
from footfall.infrastructure.database.beside import FileBeside
from footfall.infrastructure.views import own_file
from tests.contracts.store.one_file import put_into_one_file
from tests.contracts.store.test_read_only_file import nobody
from tests.contracts.support import ALICE, BOB, CAROL, OpenEngine, visit
from tests.torture.watch.plain_sql import sqlite_file, views_file

ENDS = ("", "-wal", "-shm")


def file_of(url: str) -> Path:
    """The file of the log."""
    return Path(sqlite_file(url))


def with_ends(file: Path) -> list[Path]:
    """A file and those that SQLite keeps beside it, as far as they are there."""
    return [one for end in ENDS if (one := file.with_name(file.name + end)).exists()]


def tables_of(file: Path) -> set[str]:
    """The tables in a file."""
    with closing(sqlite3.connect(file)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def visits_shown(engine: footfall.Engine) -> list[str]:
    """The urls of Alice's visits, by the views, which are right in every other way as well."""
    found = [row.url for row in engine.page_visits(ALICE)]
    assert engine.verify().ok
    assert engine.stats().page_visits == len(found)
    return found


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold the write lock of a file."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def store(engine_at: OpenEngine, sqlite_url: str) -> str:
    """A store with a visit that is in the views; nobody has it open."""
    with engine_at(sqlite_url) as engine:
        engine.track_many([visit(ALICE, 0, "/first")])
        assert visits_shown(engine) == ["/first"]
    return sqlite_url


def test_each_file_has_what_is_its_own(store: str) -> None:
    both = tables_of(file_of(store)), tables_of(views_file(store))
    assert both[0] & both[1] <= {"footfall_own_tables", "sqlite_sequence"}
    assert "footfall_log" in both[0]
    assert {"footfall_page_visits", "footfall_checkpoints", "footfall_tallies"} <= both[1]


def test_a_file_that_is_deleted_while_the_store_is_closed_is_made_anew(engine_at: OpenEngine, store: str) -> None:
    views_file(store).unlink()
    assert visits_shown(engine_at(store)) == ["/first"]


@pytest.mark.parametrize("whole", [True, False], ids=["all three", "one of three"])
def test_a_file_that_is_deleted_while_it_is_in_use_is_made_anew(engine_at: OpenEngine, store: str, whole: bool) -> None:
    first, second = engine_at(store), engine_at(store)
    for engine in (first, second):
        assert visits_shown(engine) == ["/first"]
    for number, engine in enumerate((second, first, second), 1):
        first.track_many([visit(ALICE, number, f"/{number}")])
        for file in with_ends(views_file(store)) if whole else [views_file(store)]:
            file.unlink()
        assert len(visits_shown(engine)) == len(visits_shown(first)) == len(visits_shown(second)) == number + 1


def test_a_file_that_is_deleted_while_it_is_written_is_made_anew(
    engine_at: OpenEngine, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, file = engine_at(store), views_file(store)
    engine.track_many([visit(ALICE, 1, "/second")])
    deleted: list[Path] = []
    parking = type(engine._parts.views._projector)  # type: ignore[attr-defined]
    project = parking.project

    def project_and_delete(*arguments: object) -> None:
        project(*arguments)
        if not deleted:
            file.unlink()
            deleted.append(file)

    monkeypatch.setattr(parking, "project", project_and_delete)
    assert visits_shown(engine) == ["/second", "/first"]
    assert deleted


def test_a_file_that_is_deleted_while_it_is_opened_is_made_anew(
    engine_at: OpenEngine, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits, deleted = own_file._fits, list[Path]()

    def fits_and_is_deleted(database: FileBeside) -> bool:
        found = fits(database)
        if not deleted:
            database.path.unlink()
            deleted.append(database.path)
        return found

    monkeypatch.setattr(own_file, "_fits", fits_and_is_deleted)
    assert visits_shown(engine_at(store)) == ["/first"]
    assert deleted


def test_a_file_that_another_process_has_created_and_not_filled_yet_is_made(engine_at: OpenEngine, store: str) -> None:
    engine = engine_at(store)
    assert visits_shown(engine) == ["/first"]
    with closing(sqlite3.connect(views_file(store))) as other, other:
        for table in tables_of(views_file(store)) - {"sqlite_sequence"}:
            other.execute(f"DROP TABLE {table}")
    assert visits_shown(engine) == ["/first"]


def test_a_file_of_another_edition_is_made_anew_whatever_its_columns(engine_at: OpenEngine, store: str) -> None:
    with closing(sqlite3.connect(views_file(store))) as views, views:
        views.execute("UPDATE footfall_views_file SET edition = edition + 1")
        views.execute("ALTER TABLE footfall_views_file DROP COLUMN state")
    assert visits_shown(engine_at(store)) == ["/first"]


def test_a_file_that_is_a_link_is_made_anew_where_it_leads(engine_at: OpenEngine, store: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "real.db"
    views_file(store).rename(real)
    views_file(store).symlink_to(real)
    assert visits_shown(engine_at(store)) == ["/first"]
    real.unlink()
    assert visits_shown(engine_at(store)) == ["/first"]
    assert (views_file(store).is_symlink(), real.exists()) == (True, True)


def test_a_log_that_was_replaced_while_in_use_is_not_folded_into_the_views_of_the_new_one(
    engine_at: OpenEngine, store: str, tmp_path: Path
) -> None:
    shutil.copy(file_of(store), tmp_path / "backup")
    former = engine_at(store)
    former.track_many([visit(ALICE, 1, "/lost")])
    for file in with_ends(file_of(store)):
        file.unlink()
    (tmp_path / "backup").rename(file_of(store))
    engine = engine_at(store)
    for fold in (former.catch_up, former.rebuild, former.verify):
        with pytest.raises(footfall.StoreUnavailable, match="is not the one that was opened"):
            fold()
    assert visits_shown(engine) == ["/first"]


def test_of_files_that_were_both_renamed_while_in_use_the_log_is_named(engine_at: OpenEngine, store: str) -> None:
    engine = engine_at(store)
    for file in (views_file(store), file_of(store)):
        file.rename(file.with_name(f"renamed-{file.name}"))
    with pytest.raises(footfall.StoreUnavailable, match="is not the one that was opened"):
        engine.page_visits(ALICE)


def test_a_log_that_is_put_back_to_an_older_state_is_folded_anew(
    engine_at: OpenEngine, store: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copy(file_of(store), tmp_path / "backup")
    with engine_at(store) as engine:
        engine.track_many([visit(ALICE, 1, "/lost"), visit(ALICE, 2, "/lost too")])
        assert len(visits_shown(engine)) == 3
    shutil.copy(tmp_path / "backup", file_of(store))
    with caplog.at_level(logging.WARNING), engine_at(store) as engine:
        assert visits_shown(engine) == ["/first"]
    assert [record for record in caplog.records if "folded anew" in record.message]


def test_it_is_noticed_also_where_the_log_has_grown_beyond_the_views_again(
    engine_at: OpenEngine, store: str, tmp_path: Path
) -> None:
    shutil.copy(file_of(store), tmp_path / "backup")
    with engine_at(store) as engine:
        engine.track_many([visit(ALICE, 1, "/lost")])
        assert len(visits_shown(engine)) == 2
    kept = tmp_path / "kept"
    views_file(store).rename(kept)
    shutil.copy(tmp_path / "backup", file_of(store))
    with engine_at(store) as engine:
        engine.track_many([visit(ALICE, minute, f"/{minute}") for minute in range(1, 9)])
        engine.sweep()
    kept.replace(views_file(store))
    assert len(visits_shown(engine_at(store))) == 9


def test_a_log_that_is_copied_alone_gets_views_and_with_them_keeps_them(
    engine_at: OpenEngine, store: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    alone, both = f"sqlite:///{tmp_path}/alone.db", f"sqlite:///{tmp_path}/both.db"
    for url in (alone, both):
        shutil.copy(file_of(store), file_of(url))
    shutil.copy(views_file(store), views_file(both))
    for url in (alone, both):
        assert engine_at(url).stats(fresh=False).page_visits == (url == both)
        assert visits_shown(engine_at(url)) == ["/first"]
    assert caplog.records == []


def test_the_views_of_another_log_are_not_taken(engine_at: OpenEngine, store: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    with engine_at(other) as engine:
        engine.track_many([visit(BOB, 0)])
    shutil.copy(views_file(store), views_file(other))
    with engine_at(other) as engine:
        assert visits_shown_of_bob(engine) == 1


def visits_shown_of_bob(engine: footfall.Engine) -> int:
    """How many visits the views have, none of which is Alice's."""
    assert (engine.page_visits(ALICE), engine.verify().ok) == ([], True)
    return engine.stats().page_visits


def test_a_file_of_somebody_else_is_not_touched(engine_at: OpenEngine, sqlite_url: str) -> None:
    with closing(sqlite3.connect(views_file(sqlite_url))) as other, other:
        other.execute("CREATE TABLE mine (token TEXT)")
    before = views_file(sqlite_url).read_bytes()
    with pytest.raises(footfall.NameTaken, match=r"views\.db.*did not make"):
        engine_at(sqlite_url)
    assert views_file(sqlite_url).read_bytes() == before


def test_the_file_of_the_views_is_no_store(engine_at: OpenEngine, store: str) -> None:
    before = tables_of(views_file(store))
    for migrate in (True, False):
        with pytest.raises(footfall.FootfallError, match="name the file of its log"):
            engine_at(f"sqlite:///{views_file(store)}", migrate=migrate)
    assert tables_of(views_file(store)) == before


@pytest.mark.parametrize("damage", [b"\0" * 4096 * 8, b"no file of SQLite's, and of no use" * 100])
def test_of_a_damaged_file_it_is_said_that_it_may_be_deleted(engine_at: OpenEngine, store: str, damage: bytes) -> None:
    with views_file(store).open("r+b") as file:
        file.seek(0 if damage[0] else 4096)
        file.write(damage)
    with pytest.raises(footfall.StoreRefused, match=r"views\.db is damaged: delete it"):
        visits_shown(engine_at(store))
    views_file(store).unlink()
    assert visits_shown(engine_at(store)) == ["/first"]


def test_who_takes_in_waits_for_nobody_who_folds(engine_at: OpenEngine, store: str) -> None:
    engine = engine_at(store, lock_timeout=timedelta(milliseconds=50))
    with held(views_file(store)), closing(sqlite3.connect(sqlite_file(store))) as host:
        assert engine.track_many([visit(ALICE, 1, "/second")])[0].status == "accepted"
        with engine.within(host) as inside:
            assert inside.track(ALICE, "page.visit", {"url": "/third"}).status == "accepted"
        host.commit()
        engine.sweep()
        with pytest.raises(footfall.StoreBusy, match=r"views\.db"):
            engine.catch_up()
    assert len(visits_shown(engine)) == 3


def test_who_folds_waits_for_nobody_who_takes_in(engine_at: OpenEngine, store: str) -> None:
    engine = engine_at(store, lock_timeout=timedelta(milliseconds=50))
    engine.track_many([visit(ALICE, 1, "/second")])
    with held(file_of(store)):
        assert visits_shown(engine) == ["/second", "/first"]
        assert engine.rebuild()
        with pytest.raises(footfall.StoreBusy):
            engine.track_many([visit(ALICE, 2, "/third")])


def test_without_migrating_a_file_that_is_not_there_is_named_and_not_made(engine_at: OpenEngine, store: str) -> None:
    views_file(store).unlink()
    for url, remedy in ((store, "footfall migrate"), (f"{store}?mode=ro", "without mode=ro")):
        with pytest.raises(footfall.MigrationNeeded, match=remedy):
            engine_at(url, migrate=url != store)
        assert not views_file(store).exists()


def test_whoever_may_not_read_the_log_may_not_read_the_views(engine_at: OpenEngine, store: str) -> None:
    for mode in (0o600, 0o640):
        file_of(store).chmod(mode)
        views_file(store).unlink()
        engine_at(store).close()
        assert views_file(store).stat().st_mode & 0o777 == mode


def test_a_store_with_all_in_one_file_is_moved(engine_at: OpenEngine, store: str) -> None:
    put_into_one_file(store)
    assert {"footfall_page_visits", "footfall_tallies"} <= tables_of(file_of(store))
    with pytest.raises(footfall.MigrationNeeded, match="has schema 0008"):
        engine_at(store, migrate=False)
    with engine_at(store) as engine:
        engine.track_many([visit(CAROL, 0)])
        assert [row.url for row in engine.page_visits(ALICE)] == ["/first"]
        assert engine.verify().ok
    test_each_file_has_what_is_its_own(store)


def test_a_table_of_a_host_in_the_file_of_the_log_is_not_taken_for_a_view(engine_at: OpenEngine, store: str) -> None:
    with closing(sqlite3.connect(sqlite_file(store))) as host, host:
        host.execute("CREATE TABLE footfall_page_visits (mine TEXT)")
        host.execute("INSERT INTO footfall_page_visits VALUES ('mine')")
    with closing(sqlite3.connect(views_file(store))) as views, views:
        views.execute("DROP TABLE footfall_page_visits")
    engine = engine_at(store)
    assert visits_shown(engine) == ["/first"]
    assert engine.rebuild()
    with closing(sqlite3.connect(sqlite_file(store))) as host:
        assert host.execute("SELECT * FROM footfall_page_visits").fetchall() == [("mine",)]


def test_all_who_name_a_file_by_a_link_find_the_same_views(engine_at: OpenEngine, store: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.db"
    link.symlink_to(file_of(store))
    assert engine_at(f"sqlite:///{link}").stats(fresh=False).page_visits == 1
    assert [one.name for one in link.parent.iterdir()] == ["link.db"]


def test_in_a_folder_that_may_not_be_written_it_is_said_what_is_missing(engine_at: OpenEngine) -> None:
    with TemporaryDirectory() as folder:  # one that anybody can come to
        store = f"sqlite:///{folder}/store.db"
        with engine_at(store) as engine:
            engine.track_many([visit(ALICE, 0)])
        views_file(store).unlink()
        Path(folder).chmod(0o555)
        with nobody(), pytest.raises(footfall.StoreRefused, match="let it write the file and its folder"):
            engine_at(store)
        Path(folder).chmod(0o700)
