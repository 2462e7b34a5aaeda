"""While verify runs others write, project, rebuild and read: none of them waits for it, it finds what was planted and
nothing else, and where it is killed nothing of it is left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import footfall
from footfall.infrastructure.log import scans
from tests.contracts.sharing.processes import Worker
from tests.contracts.support import ALICE, OpenEngine, columns_of, crowd, execute, literal, named, parts_of, visit
from tests.contracts.views.clicks import Clicks

pytestmark = [pytest.mark.spoils, pytest.mark.databases]

STRANGER = named("stranger")
PLANTED = {
    "UPDATE footfall.sessions SET activities = 99 WHERE uuid = {who} AND activities = 3": {"sessions": 2},
    "DELETE FROM footfall.page_visits WHERE uuid = {who} AND url = '/1'": {"page_visits": 1},
    "INSERT INTO footfall.clicks SELECT uuid, text FROM footfall.clicks WHERE uuid = {who}": {"clicks": 1},
    "INSERT INTO footfall.clicks SELECT {stranger}, text FROM footfall.clicks WHERE uuid = {who}": {"clicks": 1},
    "UPDATE footfall.clicks SET text = 'Help' WHERE uuid = {who}": {"clicks": 2},
}
"""What is done to the rows of a customer of whom nothing more comes, and how many differences that makes."""


@pytest.fixture
def engine(engine_at: OpenEngine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> footfall.Engine:
    """An engine with a host's model and forty customers, whose events are read in small chunks."""
    monkeypatch.setattr(scans, "CHUNK", 30)
    engine = engine_at(database_url, read_models=[Clicks()])
    engine.track_many(crowd(40))
    for who in range(40):
        engine.track(named(f"customer {who}"), "button.click", {"text": "Buy"})
    engine.catch_up()
    return engine


def written_by(name: str, folder: Path) -> str:
    """A file with events of customers of one process, some of which all processes know, and clicks of them."""
    events = [
        event
        for n in range(150)
        for who in (named(f"{name} {n % 40}"), named(f"everybody {n % 7}"))
        for event in (visit(who, (7 * n) % 600, f"/{name}/{n}"), click(who, f"{name} {n}"))
    ]
    (folder / name).write_text(json.dumps(events, default=str))
    return str(folder / name)


def click(who: Any, text: str) -> dict[str, Any]:
    """A click of a customer."""
    return {"uuid": who, "action": "button.click", "params": {"text": text}, "event_id": named(f"{who} {text}")}


@pytest.fixture
def others(engine: footfall.Engine, database_url: str, tmp_path: Path) -> Iterator[list[Worker]]:
    """Processes that write, and one that rebuilds, at work on the store of the engine."""
    assert engine.verify().ok
    workers = [Worker("track", database_url, written_by(name, tmp_path)) for name in ("one", "two")]
    workers.append(Worker("rebuild", database_url, "40", "3"))
    for worker in workers:
        assert worker.line() == "ready"
    for worker in workers:
        worker.go()
    yield workers
    for worker in workers:
        worker.process.__exit__(None, None, None)


def differing(engine: footfall.Engine) -> dict[str, int]:
    """How many differences each view has that has any."""
    return {one.view: one.differing for one in engine.verify().views if one.differing}


def at_work(workers: list[Worker]) -> bool:
    """Whether any of them is."""
    return any(worker.process.poll() is None for worker in workers)


def test_views_that_are_right_are_never_found_wrong(engine: footfall.Engine, others: list[Worker]) -> None:
    rounds = 0
    while at_work(others):
        assert differing(engine) == {}
        engine.rebuild("clicks")
        rounds += 1
    assert rounds
    answers = [worker.answer() for worker in others]
    assert (set(answers[0] + answers[1]), answers[2]) == ({"accepted"}, 3)
    assert differing(engine) == {}
    assert {one.view: one.rows for one in engine.verify().views}["page_visits"] == 120 + 2 * 300


def test_what_was_planted_is_found_while_others_write(
    engine: footfall.Engine, database_url: str, tmp_path: Path
) -> None:
    who = {"who": literal(named("customer 7"), database_url), "stranger": literal(STRANGER, database_url)}
    with Worker("track", database_url, written_by("one", tmp_path)) as writer:
        assert writer.line() == "ready"
        writer.go()
        for statement, expected in PLANTED.items():
            execute(database_url, statement.format(**who))
            assert differing(engine) == expected
            engine.rebuild()
        assert differing(engine) == {}
        assert set(writer.answer()) == {"accepted"}


def test_who_verifies_keeps_nobody_waiting(engine: footfall.Engine, engine_at: OpenEngine, database_url: str) -> None:
    writer, rounds = engine_at(database_url, read_models=[Clicks()]), list[int]()

    def write(_taken: int) -> None:
        rounds.append(len(rounds))
        writer.track_many([visit(ALICE, len(rounds)), click(ALICE, str(len(rounds)))])
        writer.catch_up()
        writer.rebuild("clicks")

    assert engine.verify(write).ok
    assert len(rounds) > 4
    with parts_of(engine).views_database.read(["page_visits", "sessions", "clicks"]) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM footfall.clicks").scalar()
        writer.track_many([visit(ALICE, 9_999), click(ALICE, "more")])
        assert writer.catch_up() > 0


def test_a_verify_that_is_killed_leaves_nothing_behind(engine: footfall.Engine, database_url: str) -> None:
    def there() -> Any:
        checkpoints = execute(database_url, "SELECT projection, partition, position FROM footfall.checkpoints")
        return columns_of(database_url), sorted(checkpoints)

    before = there()
    for ranges in (1, 3):
        with Worker("verify", database_url, "10") as worker:
            assert worker.line() == "ready"
            worker.go()
            assert all(int(worker.line()) > 0 for _ in range(ranges))
            worker.process.kill()
    assert there() == before
    assert engine.verify().ok
