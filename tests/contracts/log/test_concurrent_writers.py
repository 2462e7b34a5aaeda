"""Several processes on one store: nothing is lost, nothing is doubled, every stream stays without a gap."""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import footfall
from tests.contracts.sharing.processes import Worker, together
from tests.contracts.support import crowd, gapless, named, versions, visit

PROCESSES = 4
CUSTOMERS = [named(f"busy {n}") for n in range(12)]


def write(path: Path, events: list[dict[str, Any]]) -> str:
    """Leave events for a worker in a file; its name."""
    path.write_text(json.dumps(events, default=str))
    return str(path)


def share_of(process: int) -> list[dict[str, Any]]:
    """Four hundred visits of one process to the customers of all of them, early ones and late ones."""
    rng = random.Random(process)
    return [visit(rng.choice(CUSTOMERS), rng.randrange(0, 2_000), f"/{process}/{n}") for n in range(400)]


def test_processes_that_write_to_the_same_customers_leave_streams_without_gaps(
    engine: footfall.Engine, database_url: str, tmp_path: Path
) -> None:
    files = [write(tmp_path / f"{n}.json", share_of(n)) for n in range(PROCESSES)]
    answers = together(*(Worker("track", database_url, file) for file in files))
    assert [Counter(answer) for answer in answers] == [Counter(accepted=400)] * PROCESSES
    streams = versions(database_url)
    assert len(streams) == len(CUSTOMERS)
    assert gapless(streams.values())
    stats = engine.stats(fresh=True)
    assert (stats.page_visits, stats.events) == (400 * PROCESSES, 400 * PROCESSES)
    assert engine.verify().ok


def test_an_engine_that_others_wrote_beside_goes_on_from_what_they_left(
    engine: footfall.Engine, database_url: str, tmp_path: Path
) -> None:
    engine.track_many(share_of(0)[:100])
    together(*(Worker("track", database_url, write(tmp_path / f"{n}.json", share_of(n))) for n in (1, 2)))
    assert {result.status for result in engine.track_many(share_of(0)[100:])} == {"accepted"}
    assert gapless(versions(database_url).values())
    assert engine.stats(fresh=True).page_visits == 1_200
    assert engine.verify().ok


def test_the_same_batch_from_several_processes_is_taken_in_once(
    engine: footfall.Engine, database_url: str, tmp_path: Path
) -> None:
    events = share_of(0)
    file = write(tmp_path / "same.json", events)
    answers = together(*(Worker("track", database_url, file) for _ in range(PROCESSES)))
    for told in zip(*answers, strict=True):
        assert Counter(told) == Counter(accepted=1, duplicate=PROCESSES - 1)
    assert engine.stats(fresh=True).page_visits == len(events)
    assert gapless(versions(database_url).values())
    assert engine.verify().ok


def test_the_same_rejections_from_several_processes_are_kept_once(
    engine: footfall.Engine, database_url: str, tmp_path: Path
) -> None:
    events = [event | {"action": "no.such"} for event in share_of(0)]
    file = write(tmp_path / "same.json", events)
    answers = together(*(Worker("track", database_url, file) for _ in range(PROCESSES)))
    assert {status for answer in answers for status in answer} == {"rejected"}
    assert engine.stats().rejected == len(events)


@pytest.mark.parametrize("chunk", [20, 8_000])
def test_processes_that_catch_up_at_once_share_the_work(engine: footfall.Engine, database_url: str, chunk: int) -> None:
    events = crowd(150, visits=4)
    engine.track_many(events)
    head = engine.status().projections[0].lag
    answers = together(*(Worker("catch_up", database_url, str(chunk)) for _ in range(3)))
    assert sum(answers) >= head
    assert {one.lag for one in engine.status().projections} == {0}
    assert engine.stats(fresh=False).page_visits == len(events)
    assert engine.verify().ok


def test_processes_that_define_the_same_actions_agree(engine: footfall.Engine, database_url: str) -> None:
    actions = [f"shop.seen{n}" for n in range(10)]
    assert together(*(Worker("define", database_url, *actions) for _ in range(PROCESSES))) == [actions] * PROCESSES
    assert {engine.definitions()[action].label for action in actions} == {"Counted {{n}}"}


def test_a_follower_misses_nothing_while_others_write(
    engine: footfall.Engine, database_url: str, tmp_path: Path
) -> None:
    files = [write(tmp_path / f"{n}.json", share_of(n)) for n in range(3)]
    with ExitStack() as running:
        workers = [running.enter_context(Worker("track", database_url, file)) for file in files]
        assert [worker.line() for worker in workers] == ["ready"] * 3
        for worker in workers:
            worker.go()
        while any(worker.process.poll() is None for worker in workers):
            stats = engine.stats(fresh=True)
            assert stats.events == stats.page_visits
        assert [Counter(worker.answer()) for worker in workers] == [Counter(accepted=400)] * 3
    assert engine.stats(fresh=True).page_visits == 1_200
    assert engine.verify().ok
