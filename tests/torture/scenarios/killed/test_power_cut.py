"""The power is cut under SQLite: what was acknowledged is there when it is back, and no batch is half there."""

from __future__ import annotations

import sqlite3
from functools import partial

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.power_cut import on_a_volatile_disk
from ...made_up.writers import write
from ...watch.checker import check
from ...watch.plain_sql import query
from ...watch.views import catch_up


def cut(torture: Torture, cuts: int, without: str | None) -> None:
    """Cut it again and again, after any number of writes and syncs; `without` names the pragma that is turned off."""
    rng = torture.rng
    name = torture.folder / f"store-{torture.tally.cycles}"
    url, path = f"sqlite:///{name}.db", name.with_suffix(".journal")
    footfall.open(url).close()
    for _ in range(cuts):
        disk = partial(on_a_volatile_disk, seed=rng.randrange(10**9), operations=rng.randrange(400), safe=not without)
        with Child(write, url, path, rng.randrange(10**9), rng.choice([1, 5, 20]), 10, None, disk) as writer:
            torture.tally.cycles += writer.is_killed()
    if not _whole(url):
        torture.tally.differs("the file is damaged")
        return
    catch_up(url, torture.tally)
    check(url, [path], torture.tally)


def _whole(url: str) -> bool:
    try:
        return query(url, "PRAGMA integrity_check") == [("ok",)]
    except sqlite3.DatabaseError:
        return False


def test_nothing_acknowledged_is_lost(torture: Torture) -> None:
    cuts = torture.scaled(300, short=40)
    torture.endure(lambda without: cut(torture, cuts, without), "synchronous")


def test_control_synchronous_off(torture: Torture) -> None:
    torture.control(lambda without: cut(torture, 1, without), "synchronous")
