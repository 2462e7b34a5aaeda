"""A SQLite file that a user may not write: what is asked of it works, or says what to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import footfall
from tests.contracts.support import ALICE, visit

NOBODY = 65_534
READS: list[Callable[[footfall.Engine], Any]] = [
    lambda engine: engine.profile(ALICE),
    lambda engine: engine.stats(),
    lambda engine: engine.sessions(),
    lambda engine: engine.status(),
    lambda engine: list(engine.subscribe(after="start", follow=False)),
    lambda engine: engine.verify().ok,
]


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user to whom permissions mean something, as they do not to root."""
    if os.getuid() == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(os.getuid())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a store whose views are up to date; the file may be read by anybody, and written by nobody."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with footfall.open(url(folder)) as engine:
            engine.track_many([visit(ALICE, 0)])
            for read in READS:  # which also loads what another user could not
                assert read(engine)
        (folder / "store.db").chmod(0o444)
        yield folder
        folder.chmod(0o700)


def url(folder: Path) -> str:
    """Where the store is."""
    return f"sqlite:///{folder}/store.db"


def test_where_the_folder_may_be_written_all_can_be_read_and_nothing_written(folder: Path) -> None:
    folder.chmod(0o777)
    with nobody(), footfall.open(url(folder)) as engine:
        for read in READS:
            assert read(engine)
        for write in (lambda: engine.track_many([visit(ALICE, 1)]), lambda: engine.define("shop.seen"), engine.rebuild):
            with pytest.raises(footfall.StoreRefused, match=r"only be read by this user.*let it write the file"):
                write()


def test_where_nothing_may_be_written_it_says_so_when_it_is_opened(folder: Path) -> None:
    folder.chmod(0o555)
    with nobody(), pytest.raises(footfall.StoreRefused, match=r"only be read by this user.*let it write the file"):
        footfall.open(url(folder))


def test_views_that_are_behind_are_read_as_they_are(folder: Path) -> None:
    (folder / "store.db").chmod(0o644)
    with footfall.open(url(folder)) as writer:
        writer.track_many([visit(ALICE, 1)])
        folder.chmod(0o555)
        with nobody(), footfall.open(url(folder)) as reader:
            assert reader.stats(fresh=False).page_visits == 1
            assert reader.profile(ALICE).events == 2
            with pytest.raises(footfall.StoreRefused, match="reads that need not catch up work"):
                reader.stats()
