"""The same batch ten times over, from four processes at once: every event is stored once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import drop_unique_event_ids, no_look_up
from ...made_up.writers import as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal, Sent
from ...watch.views import catch_up

TIMES, SENDERS, BATCH = 10, 4, 50


def hand_in(say: Callable[[Any], None], url: str, batches: Sequence[Sequence[Sent]], unprotected: bool) -> None:
    """Hand the same batches in, in the order given; says how many events were accepted, how many were there already."""
    if unprotected:
        no_look_up(pytest.MonkeyPatch())
    with footfall.open(url, lock_timeout=timedelta(seconds=30)) as engine:
        say("ready")
        statuses = [str(one.status) for batch in batches for one in engine.track_many(map(as_sent, batch))]
    say([statuses.count(status) for status in ("accepted", "duplicate", "rejected")])


def repeat(torture: Torture, url: str, deliveries: int, unprotected: bool | None) -> None:
    """Every batch ten times, shared out among the senders in no order."""
    batches = [made_up(torture.rng, BATCH, 20) for _ in range(deliveries // BATCH // TIMES)]
    footfall.open(url, partitions=4).close()
    if unprotected:
        drop_unique_event_ids(url)
    journal = _written(torture.folder, batches)
    again = torture.rng.sample(batches * TIMES, len(batches) * TIMES)
    shares = [again[sender::SENDERS] for sender in range(SENDERS)]
    with ExitStack() as running:
        senders = [running.enter_context(Child(hand_in, url, share, bool(unprotected))) for share in shares]
        assert [sender.hear() for sender in senders] == ["ready"] * SENDERS
        answers = [sender.hear(within=600) for sender in senders]
    torture.tally.cycles += len(again)
    accepted, duplicate, rejected = map(sum, zip(*answers, strict=True))
    number = BATCH * len(batches)
    if (accepted, duplicate, rejected) != (number, (TIMES - 1) * number, 0):
        torture.tally.differs(f"{accepted} accepted, {duplicate} duplicates, {rejected} rejected of {number} events")
    catch_up(url, torture.tally)
    check(url, [journal], torture.tally)


def _written(folder: Path, batches: Sequence[Sequence[Sent]]) -> Path:
    path = folder / "batches.journal"
    path.unlink(missing_ok=True)
    journal = Journal(path)
    for number, batch in enumerate(batches):
        journal.about_to_send(str(number), batch)
        journal.acknowledged(str(number))
    journal.close()
    return path


def test_nothing_is_stored_twice(torture: Torture, database_url: str) -> None:
    deliveries = torture.scaled(100_000, short=4_000)
    torture.endure(lambda without: repeat(torture, database_url, deliveries, without), True)


def test_control_no_unique_event_ids(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: repeat(torture, database_url, 2_000, without), True)
