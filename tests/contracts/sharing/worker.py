"""What a `processes.Worker` runs: waits for its start, works on a store, prints its answer as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import footfall
from footfall.application import sweep as sweeps
from footfall.infrastructure.log import scans
from footfall.infrastructure.views.projecting import projector

BATCH = 50


def say(text: object) -> None:
    """Tell the process that started this one."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def wait_for_start() -> None:
    """Say that everything is in place, and wait."""
    say("ready")
    sys.stdin.readline()


def open_store(url: str) -> str:
    """Open a store that others open at the same moment."""
    wait_for_start()
    with footfall.open(url) as engine:
        return engine.status().database


def track(url: str, file: str) -> list[str]:
    """Hand in the events of a file, some at a time."""
    events = json.loads(Path(file).read_text())
    with footfall.open(url) as engine:
        wait_for_start()
        return [str(result.status) for batch in _batches(events) for result in engine.track_many(batch)]


def define(url: str, *actions: str) -> list[str]:
    """Define actions that others define at the same moment."""
    with footfall.open(url) as engine:
        wait_for_start()
        return [engine.define(action, label="Counted {{n}}").action for action in actions]


def catch_up(url: str, chunk: str) -> int:
    """Bring the views to the head of the log, `chunk` events to a transaction."""
    projector.CHUNK = int(chunk)
    with footfall.open(url) as engine:
        wait_for_start()
        return engine.catch_up()


def project(url: str, chunk: str) -> int:
    """The same as a background job does it, beside others; tells of each transaction."""
    projector.CHUNK = int(chunk)
    with footfall.open(url) as engine:
        wait_for_start()
        return engine.catch_up(say, wait=False)


def stall(url: str, chunk: str) -> int:
    """The same, but in the middle of its first transaction it says so and waits to be told to go on."""
    whole = projector.Projector.project
    waiting = iter(["folding"])

    def fold(*arguments: Any) -> None:
        for text in waiting:
            say(text)
            sys.stdin.readline()
        whole(*arguments)

    projector.Projector.project = fold  # type: ignore[assignment, method-assign]
    return project(url, chunk)


def rebuild(url: str, chunk: str, times: str) -> int:
    """Rebuild every view, several times over; tells of each transaction."""
    scans.CHUNK = int(chunk)
    with footfall.open(url) as engine:
        wait_for_start()
        for _ in range(int(times)):
            engine.rebuild(progress=say)
    return int(times)


def verify(url: str, chunk: str = "10000") -> bool:
    """Compare every view with the log, about `chunk` events to a transaction; tells of each."""
    scans.CHUNK = int(chunk)
    with footfall.open(url) as engine:
        wait_for_start()
        return engine.verify(progress=say).ok


def sweep(url: str, customers: str) -> int:
    """End what is due, `customers` to a transaction; tells of each round."""
    sweeps.CUSTOMERS = int(customers)
    with footfall.open(url) as engine:
        wait_for_start()
        ended = 0
        while (swept := engine._parts.sweep.sweep(engine._parts.clock())).customers:
            say(swept.sessions)
            ended += swept.sessions
        return ended


def _batches(events: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(events), BATCH):
        yield events[start : start + BATCH]


COMMANDS: dict[str, Callable[..., Any]] = {
    "open": open_store,
    "track": track,
    "define": define,
    "catch_up": catch_up,
    "project": project,
    "stall": stall,
    "rebuild": rebuild,
    "verify": verify,
    "sweep": sweep,
}


def main(command: str, *arguments: str) -> None:
    """Carry out a command, and say what it answered."""
    say(json.dumps(COMMANDS[command](*arguments)))
