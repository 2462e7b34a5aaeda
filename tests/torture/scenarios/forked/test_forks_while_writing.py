"""A process forks after its engine was opened and started, while threads of it write: both sides go on as if nothing
had happened."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

import footfall
from footfall.application.running import forks
from footfall.infrastructure.database import database as databases

from ...conftest import Torture
from ...faults.children import Child
from ...made_up.writers import Taking, as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal
from ...watch.views import catch_up

CHILDREN, BATCHES, BATCH = 3, 3, 5
PATIENCE_SECONDS, WITHOUT_SECONDS = 240, 4
"""A process that says nothing for so long is stuck; in a control, which waits in vain, it is taken for that sooner."""


def no_hooks(patch: pytest.MonkeyPatch) -> None:
    """Nobody is told of a fork."""
    patch.setattr(forks, "_registered", {})


def write(engine: footfall.Engine, path: Path, seed: int) -> str | None:
    """Hand in some batches and read them back at once; what was wrong, if anything was."""
    rng, journal = random.Random(seed), Journal(path)
    for number in range(BATCHES):
        events = made_up(rng, BATCH, 10)
        journal.about_to_send(f"{path.stem}-{number}", events)
        try:
            answers = engine.track_many(map(as_sent, events))
        except footfall.FootfallError as error:
            return f"{type(error).__name__}: {error}"
        if {str(one.status) for one in answers} != {"accepted"}:
            return f"answered {answers}"
        journal.acknowledged(f"{path.stem}-{number}")
        who = events[0].customer
        if engine.profile(who).events < sum(event.customer == who for event in events):
            return f"the profile of {who} lacks an event that is acknowledged"
    journal.close()
    return None


def be_a_child(engine: footfall.Engine, path: Path, seed: int, seconds: int, *, starts: bool) -> int:
    """The id of a new process that writes and ends with status 0 where all was well."""
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    status = 1
    try:
        if starts:
            engine.start(timedelta(milliseconds=20))
        wrong = write(engine, path, seed)
        status = 0 if wrong is None else 2
        print(wrong or "", file=sys.stderr, end="")  # noqa: T201  # for whoever reads what a run has captured
        engine.close()
    finally:
        os._exit(status)


def keep_writing(engine: footfall.Engine, folder: Path, seed: int, over: Event, say: Callable[[Any], None]) -> None:
    """Write until it is over; says what was wrong."""
    rng, number = random.Random(seed), 0
    while not over.is_set():
        number += 1
        if wrong := write(engine, folder / f"thread-{seed}-{number}.journal", rng.getrandbits(40)):
            say([wrong])


def fork_often(
    say: Callable[[Any], None], url: str, folder: Path, seed: int, rounds: int, seconds: int, taken_away: Taking | None
) -> None:
    """Fork some children in each round while two threads and the background jobs are at work; says what was wrong in
    each."""
    rng, over = random.Random(seed), Event()
    # Threads wait for SQLite's lock that long on a busy machine, and forks and other threads for them.
    databases.QUIET_SECONDS = databases.QUEUE_SECONDS = seconds
    engine = footfall.open(url, lock_timeout=timedelta(seconds=seconds))
    engine.start(timedelta(milliseconds=20))
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    threads = [
        Thread(target=keep_writing, args=(engine, folder, seed + thread, over, say), daemon=True) for thread in (1, 2)
    ]
    for thread in threads:
        thread.start()
    for number in range(rounds):
        pids = []
        for child in range(CHILDREN):
            path = folder / f"{seed}-{number}-{child}.journal"
            pids.append(be_a_child(engine, path, rng.getrandbits(40), seconds, starts=child == 0))
        wrong = write(engine, folder / f"{seed}-{number}.journal", rng.getrandbits(40))
        ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        say([wrong] * (wrong is not None) + [f"a child ended with status {end}" for end in ends if end])
    over.set()
    for thread in threads:
        thread.join()
    engine.close()
    say("over")


def fork_while_writing(torture: Torture, url: str, rounds: int, taken_away: Taking | None) -> None:
    """So many rounds of forks, and a look at the store afterwards."""
    footfall.open(url, partitions=4).close()
    seconds = PATIENCE_SECONDS if taken_away is None else WITHOUT_SECONDS
    arguments = (torture.folder, torture.rng.randrange(10**9), rounds, seconds, taken_away)
    with Child(fork_often, url, *arguments) as parent:
        while (said := hear(parent, 2 * seconds)) != "over":
            torture.tally.cycles += CHILDREN
            if said is None:
                torture.tally.differs("the parent is stuck, or gone")
                break
            for wrong in said:
                torture.tally.differs(wrong)
    if taken_away is None:
        catch_up(url, torture.tally)
        check(url, sorted(torture.folder.glob("*.journal")), torture.tally)


def hear(parent: Child, seconds: float) -> Any:
    """What the parent says next; None where it says nothing any more."""
    try:
        return parent.hear(seconds)
    except (AssertionError, EOFError):
        return None


def test_nothing_is_wrong_stuck_lost_or_doubled(torture: Torture, database_url: str) -> None:
    rounds = torture.scaled(200, short=6)
    torture.endure(lambda without: fork_while_writing(torture, database_url, rounds, without), no_hooks)


def test_control_nobody_is_told_of_a_fork(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: fork_while_writing(torture, database_url, 3, without), no_hooks)
