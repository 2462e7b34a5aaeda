"""Programs of a host: one follows customers' events until it is killed, one tracks events of customers."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from eventsourcing.projection import ProjectionRunner

import footfall
from footfall.eventsourcing import CustomerEvents
from footfall.infrastructure.database.database import Transaction
from footfall.infrastructure.log import append_at_once
from tests.contracts.eventsourcing.hosts import Seen, SeenEvents, environment
from tests.contracts.support import visit

ROOT = Path(__file__).parents[3]
WRITERS = 4
BATCHES, CUSTOMERS = 30, 5
DISK_SECONDS = 0.2
"""A commit of a writer takes up to so long: on a disk that is too fast, writers hardly meet."""


def start(command: str, url: str, *arguments: str) -> subprocess.Popen[str]:
    """Start one of these programs."""
    program = [sys.executable, "-m", "tests.contracts.eventsourcing.program", command, url, *arguments]
    return subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say(text: str) -> None:
    """Tell the process that started this one."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def follow(url: str) -> None:
    """Write down every event of customers in a table, with the library's runner of projections."""
    with ProjectionRunner(
        application_class=CustomerEvents, projection_class=SeenEvents, view_class=Seen, env=environment(url)
    ) as runner:
        say("following")
        runner.run_forever()


def write(url: str, writer: str) -> None:
    """Track events of customers of one partition of four, a transaction for each visit of theirs, once told to."""
    leave, chance = Transaction.__exit__, Random(writer)

    def leave_slowly(self: Transaction, *error: Any) -> None:
        time.sleep(chance.random() * DISK_SECONDS)
        leave(self, *error)

    Transaction.__exit__ = leave_slowly  # type: ignore[method-assign]
    # What is sent and committed at once would have its positions only after that.
    append_at_once.ROWS = 0
    customers = [UUID(int=WRITERS * n + int(writer)) for n in range(CUSTOMERS)]
    with footfall.open(url) as engine:
        say("ready")
        sys.stdin.readline()
        for minute in range(BATCHES):
            engine.track_many([visit(customer, minute) for customer in customers])


if __name__ == "__main__":
    command, *given = sys.argv[1:]
    (follow if command == "follow" else write)(*given)
