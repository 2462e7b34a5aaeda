"""SIGINT and SIGTERM at any moment of any command: it ends as it should, says nothing, and leaves nothing half done."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from uuid import UUID

import footfall

from ...conftest import Torture
from ...faults.signalled import PROGRAM, UNPROTECTED, End, Signalled
from ...made_up.writers import as_sent, made_up
from ...watch.checker import check_store
from ...watch.plain_sql import is_sqlite, query
from ...watch.views import catch_up

BATCH = 500
SOMEBODY = str(UUID(int=7))
EITHER = [
    *["ingest FILE", "redrive", "rejected", "define shop.visit", "definitions", "undefine shop.visit", "simulate"],
    *[
        "profiles",
        f"profile {SOMEBODY}",
        f"timeline {SOMEBODY}",
        f"visits {SOMEBODY}",
        "sessions",
        "sessions --summary",
    ],
    *[f"session {SOMEBODY}", "timeout 30m", "what-if --timeout 10m", "pages", "stats", "status", "rebuild", "verify"],
    *["run", "tail", "bench --events 500 --repeat 1"],
]
WORKERS = ["ingest FILE --workers 2", "rebuild --workers 2", "run --workers 2"]
LENGTHS = {"ingest": 3.0, "rebuild": 1.5, "run": 1.5, "bench": 4.0}
"""How many times as long as `stats` a command is, for the moments to reach its end; no matter if they go beyond."""


def stop_commands(torture: Torture, url: str, moments: int | None, program: tuple[str, ...]) -> None:
    """So many moments of each command, or one moment of each of a few."""
    with footfall.open(url, partitions=4) as engine:
        engine.track_many(map(as_sent, made_up(torture.rng, 300, 30)))
    commands = EITHER if is_sqlite(url) else EITHER + WORKERS
    unit = _seconds("stats", "--database", url)
    for command in torture.rng.sample(commands, 4) if moments is None else commands * moments:
        _stop(torture, url, command, unit, program)
    catch_up(url, torture.tally)
    check_store(url, torture.tally)


def _stop(torture: Torture, url: str, command: str, unit: float, program: tuple[str, ...]) -> None:
    number = torture.rng.choice([signal.SIGINT, signal.SIGTERM])
    arguments = _arguments(torture, url, command)
    before = _stored(url)
    running = Signalled(*arguments, program=program)
    if program == PROGRAM:
        running.listens()
    time.sleep(torture.rng.random() * unit * LENGTHS.get(arguments[0], 1.1))
    end = running.stop(number)
    as_it_should = 0 if arguments[0] == "run" else 128 + number
    torture.tally.cycles += end.status == as_it_should
    wrong = list(_wrong(end, as_it_should, endless=arguments[0] in ("run", "tail")))
    if "--workers" not in arguments and (_stored(url) - before) % BATCH:
        wrong.append("half a batch is stored")
    if _scratch(torture, url):
        wrong.append("the store of a benchmark is left behind")
    for what in wrong:
        torture.tally.differs(f"{command}, {number.name}: {what}"[:2_000])


def _wrong(end: End, as_it_should: int, endless: bool) -> Iterator[str]:
    # One that was at its end already ends as if nothing had come.
    ends = {as_it_should} if endless else {as_it_should, 0, 1, 2}
    if end.status not in ends:
        yield f"it ended with {end.status}"
    said = [line for line in end.err.splitlines() if not line.startswith("running on ")]
    if "Traceback" in end.err or (said and end.status == as_it_should):
        yield f"it said {end.err}"
    if end.left_behind:
        yield f"it left {end.left_behind} processes behind"


def _arguments(torture: Torture, url: str, command: str) -> list[str]:
    file = torture.folder / "events.jsonl"
    if "FILE" in command:
        events = map(as_sent, made_up(torture.rng, 4 * BATCH, 300))
        file.write_text("".join(f"{json.dumps(event, default=str)}\n" for event in events))
    given = command.replace("FILE", str(file)).split()
    return given if command == "simulate" else [*given, "--database", url]


def _seconds(*arguments: str) -> float:
    """How long the program takes from when it listens."""
    program = Signalled(*arguments)
    program.listens()
    began = time.monotonic()
    assert program.end().status == 0
    return time.monotonic() - began


def _stored(url: str) -> int:
    return int(query(url, "SELECT count(*) FROM footfall.log WHERE action = 'page.visit'")[0][0])


def _scratch(torture: Torture, url: str) -> bool:
    if is_sqlite(url):
        return any(torture.folder.glob("footfall_bench*"))
    return bool(query(url, "SELECT to_regnamespace('footfall_bench') IS NOT NULL")[0][0])


def test_every_command_ends_well(torture: Torture, database_url: str) -> None:
    moments = 200 if torture.full_length else None
    torture.endure(lambda without: stop_commands(torture, database_url, moments, without or PROGRAM), UNPROTECTED)


def test_control_a_program_that_does_not_listen(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: stop_commands(torture, database_url, None, without or PROGRAM), UNPROTECTED)
