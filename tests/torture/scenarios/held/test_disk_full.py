"""The disk is full: a clear error, nothing half written, and on it goes when there is room."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import footfall
from tests.contracts.support import parts_of

from ...conftest import Torture
from ...faults.own_server import OwnServer
from ...faults.unprotected import commit_in_pieces
from ...made_up.writers import Taking, as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal, Sent
from ...watch.plain_sql import query, uuid_of
from ...watch.views import catch_up

BATCH = 250
ROOM_FOR_VIEWS = 10
MakeRoom = Callable[[footfall.Engine], None]


@contextmanager
def small_disk(folder: Path, owner: str = "root") -> Iterator[Callable[[], None]]:
    """A small disk at a folder, and what makes it a megabyte larger. It takes the right to mount one."""
    size = 4
    options = ["-t", "tmpfs", "-o", f"size={size}m,uid={owner},mode=700", "tmpfs", str(folder)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("nobody but root may mount a small disk; that the file may not grow is tested all the same")

    def grow() -> None:
        nonlocal size
        size += 1
        subprocess.run(["mount", "-o", f"remount,size={size}m", str(folder)], check=True)

    try:
        yield grow
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def limit_pages(engine: footfall.Engine) -> MakeRoom:
    """Let the SQLite file grow no further than it has grown; returns what gives it some more pages."""
    database = parts_of(engine).database
    pages = 0

    @sa.event.listens_for(database.opener, "connect")
    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def grow(_engine: footfall.Engine) -> None:
        nonlocal pages
        pages = query(database.url.render_as_string(), "PRAGMA page_count")[0][0] + 60
        database.connections.close()

    grow(engine)
    return grow


def fill(torture: Torture, url: str, engine: footfall.Engine, make_room: MakeRoom, times: int) -> None:
    """Write until there is no room, look, make room, send again what was refused; so many times."""
    journal = Journal(torture.folder / f"{torture.tally.cycles}.journal")
    number, full = 0, 0
    while full < times:
        number += 1
        batch = made_up(torture.rng, BATCH, 200)
        journal.about_to_send(f"{number}", batch)
        for _ in range(10):
            if _go_in(torture, engine, batch):
                break
            full += 1
            torture.tally.cycles += 1
            must_be_none_or_all(torture, url, batch)
            make_room(engine)
        else:
            torture.tally.differs("it does not go on although there is room")
            break
        journal.acknowledged(f"{number}")
    for _ in range(ROOM_FOR_VIEWS):
        make_room(engine)
    journal.close()
    catch_up(url, torture.tally)
    check(url, [journal.path], torture.tally)


def _go_in(torture: Torture, engine: footfall.Engine, batch: list[Sent]) -> bool:
    try:
        engine.track_many(map(as_sent, batch))
    except footfall.StoreFull:
        return False
    except footfall.FootfallError as error:
        torture.tally.differs(f"the caller saw {type(error).__name__}: {error}")
        return False
    return True


def must_be_none_or_all(torture: Torture, url: str, batch: list[Sent]) -> None:
    """None of a batch is in the log, or all of it."""
    stored = {uuid_of(one) for (one,) in query(url, "SELECT event_id FROM footfall.log WHERE topic = 'activity'")}
    there = sum(event.event_id in stored for event in batch)
    if there not in (0, len(batch)):
        torture.tally.differs(f"{there} of a batch of {len(batch)} were written")


def fill_file(torture: Torture, times: int, taken_away: Taking | None) -> None:
    """A SQLite file that may not grow."""
    url = f"sqlite:///{torture.folder}/store-{torture.tally.cycles}.db"
    with pytest.MonkeyPatch.context() as patch, footfall.open(url) as engine:
        if taken_away is not None:
            taken_away(patch)
        fill(torture, url, engine, limit_pages(engine), times)


def fill_disk(torture: Torture, times: int, taken_away: Taking | None) -> None:
    """A SQLite file on a small disk."""
    folder = torture.folder / f"disk-{torture.tally.cycles}"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch, small_disk(folder) as grow:
        url = f"sqlite:///{folder}/store.db"
        with footfall.open(url) as engine:
            if taken_away is not None:
                taken_away(patch)
            fill(torture, url, engine, lambda _: grow(), times)


def fill_tables(torture: Torture, times: int, taken_away: Taking | None) -> None:
    """PostgreSQL tables on a small disk."""
    folder = Path(tempfile.mkdtemp(prefix="footfall-tables-"))
    with OwnServer() as server, small_disk(folder, server.user) as grow:
        server.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        server.execute("ALTER DATABASE postgres SET default_tablespace = small")
        with pytest.MonkeyPatch.context() as patch, footfall.open(server.url, partitions=4) as engine:
            if taken_away is not None:
                taken_away(patch)
            fill(torture, server.url, engine, lambda _: grow(), times)
        server.execute("DROP SCHEMA footfall CASCADE")
        server.execute("DROP TABLESPACE small")
    folder.rmdir()


FillUp = Callable[[Torture, int, Taking | None], None]


@pytest.mark.parametrize("fill_up", [fill_file, fill_disk, fill_tables])
def test_nothing_is_half_written(torture: Torture, fill_up: FillUp) -> None:
    times = torture.scaled(50, short=4)
    torture.endure(lambda without: fill_up(torture, times, without), commit_in_pieces)


@pytest.mark.parametrize("fill_up", [fill_file, fill_disk])
def test_control_a_batch_in_pieces(torture: Torture, fill_up: FillUp) -> None:
    torture.control(lambda without: fill_up(torture, 1, without), commit_in_pieces)
