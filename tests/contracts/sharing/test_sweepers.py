"""Several processes that sweep at once: they share the work, and no session ends twice."""

from __future__ import annotations

import footfall
from tests.contracts.sessions.test_sweep import due, ends, sessions
from tests.contracts.sharing.processes import Worker, together
from tests.contracts.support import crowd, execute, gapless, named, versions, visit


def test_sweepers_share_what_is_due(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many(crowd(600))
    answers = together(*(Worker("sweep", database_url, "20") for _ in range(3)))
    assert sum(answers) == 600
    assert due(database_url) == []
    assert ends(engine) == sessions(engine)
    assert gapless(versions(database_url).values())


def test_a_sweep_beside_writers_ends_what_they_leave(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many(crowd(300, visits=1))
    with Worker("sweep", database_url, "10") as worker:
        assert worker.line() == "ready"
        worker.go()
        for minute in range(10, 100, 10):
            late = [visit(named(f"customer {who}"), minute) for who in range(300)]
            assert {result.status for result in engine.track_many(late)} == {"accepted"}
        worker.answer()
    engine.sweep()
    assert ends(engine) == sessions(engine)
    assert len(sessions(engine)) == 300
    assert gapless(versions(database_url).values())


def test_the_log_itself_refuses_a_second_end(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many(crowd(3))
    assert engine.sweep() == 3
    # As if the rows of what is due had been lost or restored by hand: the streams know better.
    partition = "(SELECT max(partition) FROM footfall.log AS l WHERE l.stream = s.stream)"
    execute(
        database_url,
        f"INSERT INTO footfall.due (stream, partition, customer, due_at) "
        f"SELECT stream, {partition}, customer, 0 FROM footfall.streams AS s WHERE {partition} >= 0",
    )
    assert len(due(database_url)) == 3
    assert engine.sweep() == 0
    assert due(database_url) == []
