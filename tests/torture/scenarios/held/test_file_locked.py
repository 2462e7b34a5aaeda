"""The SQLite file is locked by another process: a call waits for it, and if it takes too long says so."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...made_up.writers import as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal
from ...watch.plain_sql import sqlite_file
from ...watch.views import catch_up

SHORT, LONG = timedelta(seconds=0.5), timedelta(seconds=60)
FOR_EVER_SECONDS = 3_600.0
NONE = timedelta(milliseconds=1)
WITHIN_SECONDS = 2.0


def hold(say: Callable[[Any], None], url: str, seconds: float) -> None:
    """Lock the file for so long, or until killed."""
    connection = sqlite3.connect(sqlite_file(url), isolation_level=None, timeout=30)
    connection.execute("BEGIN EXCLUSIVE")
    say("held")
    time.sleep(seconds)
    connection.rollback()
    connection.close()


def lock(torture: Torture, url: str, times: int, patience: timedelta | None) -> None:
    """Hand batches in while the file is locked: for a moment, which an engine outwaits, and for longer than another
    waits."""
    journal = Journal(torture.folder / f"{torture.tally.cycles}.journal")
    patient, hasty = (footfall.open(url, lock_timeout=patience or usual) for usual in (LONG, SHORT))
    with patient, hasty:
        for number in range(times):
            engine, held_for = (patient, 0.1) if number % 2 else (hasty, FOR_EVER_SECONDS)
            batch = made_up(torture.rng, 5, 10)
            journal.about_to_send(str(number), batch)
            with Child(hold, url, held_for) as holder:
                assert holder.hear() == "held"
                torture.tally.cycles += 1
                must_wait(torture, lambda: engine.track_many(map(as_sent, batch)), engine is patient, patience)  # noqa: B023
            patient.track_many(map(as_sent, batch))  # again, as a sender does it who saw an error
            journal.acknowledged(str(number))
    journal.close()
    catch_up(url, torture.tally)
    check(url, [journal.path], torture.tally)


def must_wait(torture: Torture, write: Callable[[], Any], short: bool, without: object) -> None:
    """A write goes through where it need not wait for long, and raises in good time where it must."""
    started = time.monotonic()
    try:
        write()
    except footfall.StoreBusy:
        if short:
            torture.tally.differs("it did not wait")
        if (spent := time.monotonic() - started) > torture.within(WITHIN_SECONDS, without):
            torture.tally.differs(f"it gave up after {spent:.1f} s")
    except footfall.FootfallError as error:
        torture.tally.differs(f"the caller saw {type(error).__name__}: {error}")
    else:
        if not short:
            torture.tally.differs("it went through although the file was locked")


def test_it_waits_and_then_says_so(torture: Torture, sqlite_url: str) -> None:
    times = torture.scaled(100, short=4)
    torture.endure(lambda without: lock(torture, sqlite_url, times, without), NONE)


def test_control_no_patience(torture: Torture, sqlite_url: str) -> None:
    torture.control(lambda without: lock(torture, sqlite_url, 2, without), NONE)
