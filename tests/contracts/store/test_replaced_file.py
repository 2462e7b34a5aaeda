"""The file of a store is replaced or removed while it is open: nothing is acknowledged that nobody finds afterwards."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import footfall
from tests.contracts.support import ALICE, OpenEngine, parts_of


@pytest.mark.parametrize("by", ["a copy", "nothing"])
def test_nothing_is_acknowledged_that_goes_to_a_file_that_is_not_there_any_more(
    engine_at: OpenEngine, sqlite_url: str, by: str
) -> None:
    engine, file = engine_at(sqlite_url), Path(sqlite_url.removeprefix("sqlite:///"))
    engine.track(ALICE, "page.visit", {"url": "/before"})
    moved = file.parent / "moved"
    moved.mkdir()
    for one in list(file.parent.glob(f"{file.name}*")):
        one.rename(moved / one.name)
        if by == "a copy":
            shutil.copy(moved / one.name, one)
    for _ in range(2):
        with pytest.raises(footfall.StoreUnavailable, match="not the one that was opened"):
            engine.track(ALICE, "page.visit", {"url": "/after"})
    for one in list(moved.iterdir()):
        one.replace(file.parent / one.name)
    assert engine.track(ALICE, "page.visit", {"url": "/back"}).status == "accepted"
    engine.close()
    with footfall.open(sqlite_url) as again:
        assert [row.url for row in again.page_visits(ALICE)] == ["/back", "/before"]


def test_a_file_that_is_moved_away_by_itself_leaves_what_was_written_last_and_no_empty_one(
    engine_at: OpenEngine, sqlite_url: str
) -> None:
    engine, file = engine_at(sqlite_url), Path(sqlite_url.removeprefix("sqlite:///"))
    engine.track(ALICE, "page.visit", {"url": "/before"})
    away = file.rename(file.parent / "away")
    # One of them holds the file, and another is opened, as where several threads work at once.
    with parts_of(engine).log.database.read(), pytest.raises(footfall.StoreUnavailable, match="put that one back"):
        engine.profile(ALICE)
    assert not file.exists()
    away.rename(file)
    assert engine.track(ALICE, "page.visit", {"url": "/back"}).status == "accepted"
    engine.close()
    with footfall.open(sqlite_url) as again:
        assert [row.url for row in again.page_visits(ALICE)] == ["/back", "/before"]


def test_a_process_that_goes_to_another_folder_goes_on_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with footfall.open("sqlite:///shop.db") as engine:
        (tmp_path / "elsewhere").mkdir()
        os.chdir(tmp_path / "elsewhere")
        assert engine.track(ALICE, "page.visit", {"url": "/"}).status == "accepted"
        assert engine.ready()
