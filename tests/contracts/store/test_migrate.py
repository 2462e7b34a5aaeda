"""Creating and upgrading a store as a step of its own, by whoever may."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

import footfall
from tests.contracts.log.streams import activity
from tests.contracts.store.old_store import old_store
from tests.contracts.support import ALICE, OpenEngine, columns_of, execute, visit
from tests.contracts.views.clicks import Clicks
from tests.end_to_end.cli.program import run


def test_without_migrating_a_store_that_is_not_there_is_named_and_not_made(
    engine_at: OpenEngine, database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(footfall.MigrationNeeded, match="footfall migrate"):
        engine_at(database_url, migrate=False)
    assert columns_of(database_url) == {}
    with pytest.raises(footfall.MigrationNeeded, match="is not there"):
        engine_at(f"sqlite:///{tmp_path}/none.db", migrate=False)
    assert not (tmp_path / "none.db").exists()


def test_without_creating_a_store_that_is_not_there_is_named_and_not_made(
    engine_at: OpenEngine, database_url: str, tmp_path: Path
) -> None:
    for migrate in (True, False):
        with pytest.raises(footfall.MigrationNeeded, match=r"has no store|is not there"):
            engine_at(database_url, create=False, migrate=migrate)
    assert columns_of(database_url) == {}
    (tmp_path / "empty.db").touch()
    with pytest.raises(footfall.MigrationNeeded, match="has no store"):
        engine_at(f"sqlite:///{tmp_path}/empty.db", create=False)
    assert [file.name for file in tmp_path.iterdir() if file.stat().st_size] == []


def test_without_creating_a_store_of_an_older_version_is_upgraded(engine_at: OpenEngine, database_url: str) -> None:
    old_store(database_url, {ALICE: [activity("first", 0)]})
    assert engine_at(database_url, create=False).profile(ALICE).events == 1


def test_without_migrating_an_old_store_is_named_and_left(engine_at: OpenEngine, database_url: str) -> None:
    former = old_store(database_url, {ALICE: [activity("first", 0)]})
    with pytest.raises(footfall.MigrationNeeded, match="has schema 0001"):
        engine_at(database_url, migrate=False)
    assert former.run("SELECT version_num FROM alembic_version") == [("0001",)]


def test_without_migrating_a_view_that_is_missing_is_named(engine_at: OpenEngine, database_url: str) -> None:
    engine_at(database_url).track_many([visit(ALICE, 0)])
    with pytest.raises(footfall.MigrationNeeded, match="lacks clicks"):
        engine_at(database_url, migrate=False, read_models=[Clicks()])
    assert "clicks" not in columns_of(database_url)


def test_without_migrating_a_store_that_is_as_it_must_be_works(engine_at: OpenEngine, database_url: str) -> None:
    engine_at(database_url).track_many([visit(ALICE, 0)])
    again = engine_at(database_url, migrate=False)
    again.track_many([visit(ALICE, 1)])
    assert again.profile(ALICE).events == 2


@pytest.mark.parametrize("variable", ["FOOTFALL_MIGRATE", "footfall_migrate"])
def test_the_environment_may_say_so(
    engine_at: OpenEngine, database_url: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "false")
    with pytest.raises(footfall.MigrationNeeded):
        engine_at(database_url)


def test_the_command_says_what_is_missing_and_makes_it(database_url: str) -> None:
    checked = run("migrate", "--check", "--database", database_url)
    assert (checked.status, "footfall migrate" in checked.out) == (1, True)
    made = run("migrate", "--database", database_url)
    assert (made.status, "as this Footfall needs it" in made.out) == (0, True)
    assert run("migrate", "--check", "--database", database_url).status == 0


def test_a_role_that_may_not_create_is_told_so(engine_at: OpenEngine, postgres_url: str) -> None:
    execute(postgres_url, "CREATE ROLE guest_of_footfall LOGIN")
    try:
        url = footfall_url(postgres_url, "guest_of_footfall")
        with pytest.raises(footfall.StoreRefused, match="footfall migrate"):
            engine_at(url)
    finally:
        execute(postgres_url, "DROP ROLE guest_of_footfall")


def footfall_url(url: str, user: str) -> str:
    """The same database for another user."""
    return sa.make_url(url).set(username=user).render_as_string(hide_password=False)
