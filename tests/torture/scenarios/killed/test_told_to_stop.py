"""SIGINT and SIGTERM at any moment of any command: it ends as it should, says nothing, and leaves nothing half done."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import footfall

from ...conftest import Torture
from ...faults.signalled import UNPROTECTED, End, Signalled
from ...made_up.writers import as_sent, made_up
from ...watch.checker import check_store
from ...watch.plain_sql import is_sqlite, query
from ...watch.views import catch_up

BATCH = 500
SOMEBODY = str(UUID(int=7))
EITHER = [
    *["ingest FILE", "redrive", "rejected", "define shop.visit", "definitions", "undefine shop.visit", "simulate"],
    *["profiles", f"profile {SOMEBODY}", f"timeline {SOMEBODY}", f"visits {SOMEBODY}", "sessions", "sessions --summary"],
    *[f"session {SOMEBODY}", "timeout 20m", "what-if --timeout 10m", "pages", "stats", "status", "rebuild", "verify"],
    *["run", "tail", "bench --events 500 --repeat 1"],
]
WORKERS = ["ingest FILE --workers 2", "rebuild --workers 2", "run --workers 2"]
LENGTHS = {"ingest": 1.5, "rebuild": 1.5, "run": 1.5, "bench": 3.0}
"""How many times as long as `stats` a command is, for the moments to reach its end; no matter if they go beyond."""


def stop_commands(torture: Torture, url: str, moments: int | None, program: tuple[str, ...] | None) -> None:
    """So many moments of each command, or one moment of each of a few."""
    rng = torture.rng
    with footfall.open(url, partitions=4) as engine:
        engine.track_many(map(as_sent, made_up(rng, 300, 30)))
    commands = EITHER if is_sqlite(url) else EITHER + WORKERS
    unit = _seconds(url)
    for command in rng.sample(commands, 4) if moments is None else _each(commands, moments):
        number = rng.choice([signal.SIGINT, signal.SIGTERM])
        before = _stored(url)
        arguments = _arguments(torture, url, command)
        running = Signalled(*arguments, **({} if program is None else {"program": program}))
        if program is None and not running.listens():
            torture.tally.differs(f"{command} did not listen")
        time.sleep(rng.random() * unit * LENGTHS.get(arguments[0], 1.0))
        family = running.family()
        end = running.stop(number)
        torture.tally.cycles += not end.by_itself
        for wrong in _wrong(command, number, end):
            torture.tally.differs(f"{command}, {number.name}: {wrong}"[:2_000])
        if any(process.is_running() for process in family):
            torture.tally.differs(f"{command}, {number.name}: a worker is left over")
        if "workers" not in command and (_stored(url) - before) % BATCH:
            torture.tally.differs(f"{command}, {number.name}: half a batch is left")
    catch_up(url, torture.tally)
    check_store(url, torture.tally)
    _look_for_scratch(torture, url)
