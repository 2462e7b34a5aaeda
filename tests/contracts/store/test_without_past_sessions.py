"""A store from before past sessions were kept: whoever has any is read from end to end once, when next written."""

from __future__ import annotations

from uuid import UUID

import pytest

import footfall
from footfall.domain.history import whole
from footfall.domain.moments import HOUR
from footfall.domain.spans import WITHOUT_END, Span
from footfall.infrastructure.log.codec import encode
from footfall.infrastructure.log.event_log import EventLog
from footfall.infrastructure.log.streams import StreamStore
from tests.contracts.store.old_store import without_past_sessions
from tests.contracts.support import ALICE, BOB, ManualClock, OpenEngine, binary, execute, parts_of, visit

SESSIONS = 100


@pytest.fixture
def read_whole(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Whose stream was read from end to end."""
    read: list[UUID] = []
    history = StreamStore.history

    def noted(self: StreamStore, connection: object, customer: UUID) -> object:
        read.append(customer)
        return history(self, connection, customer)  # type: ignore[arg-type]

    monkeypatch.setattr(StreamStore, "history", noted)
    return read


@pytest.fixture
def opened(engine_at: OpenEngine, database_url: str, clock: ManualClock) -> footfall.Engine:
    """Such a store: a customer of many sessions, half of them ended, and one of few."""
    clock.now += 1_000 * HOUR
    before = engine_at(database_url)
    before.track_many([visit(ALICE, 60 * n) for n in range(SESSIONS // 2)])
    before.sweep()
    before.track_many([visit(ALICE, 60 * n) for n in range(SESSIONS // 2, SESSIONS)])
    before.track_many([visit(BOB, 60 * n) for n in range(5)])
    before.close()
    without_past_sessions(database_url)
    return engine_at(database_url)


def check(engine: footfall.Engine) -> None:
    """Past sessions and those of the state are those of the whole stream."""
    log = EventLog(parts_of(engine).database, engine.status().partitions)
    with log.transaction([ALICE]) as transaction:
        past = transaction.past_sessions({ALICE: [Span(-WITHOUT_END)]})[ALICE]
    assert (*past, *log.state(ALICE).sessions) == whole(log.history(ALICE)).sessions
    assert past
    assert engine.verify().ok


def test_a_late_event_finds_its_sessions_and_the_stream_is_read_whole_once(
    opened: footfall.Engine, read_whole: list[UUID]
) -> None:
    for minute in (60 * 3 + 25, 60 * 7 + 25, 60 * 7 + 50):
        opened.track_many([visit(ALICE, minute)])
        assert read_whole == [ALICE]
    check(opened)
    assert [row.activities for row in opened.sessions(ALICE, fresh=True)[::-1]][3:8] == [2, 1, 1, 1, 4]


def test_an_event_of_now_has_its_past_sessions_written_too(opened: footfall.Engine, read_whole: list[UUID]) -> None:
    opened.track_many([visit(ALICE, 60 * SESSIONS), visit(BOB, 400)])
    opened.track_many([visit(ALICE, 60 * 9 + 5)])
    assert read_whole == [ALICE]
    check(opened)


def test_what_was_not_ended_is_ended_once(opened: footfall.Engine, read_whole: list[UUID]) -> None:
    assert opened.sweep() == SESSIONS // 2 + 5
    assert opened.sweep() == 0
    assert read_whole == [ALICE]
    check(opened)


def test_a_profile_counts_every_session_before_anything_is_written(opened: footfall.Engine) -> None:
    assert (opened.profile(ALICE).sessions, opened.profile(BOB).sessions) == (SESSIONS, 5)


def test_snapshots_that_are_lost_are_made_anew_with_their_past_sessions(
    opened: footfall.Engine, engine_at: OpenEngine, database_url: str
) -> None:
    opened.track_many([visit(ALICE, 185)])
    unreadable = binary(encode((1, "a state in its shape")), database_url)
    execute(database_url, f"UPDATE footfall.snapshots SET state = {unreadable}")
    again = engine_at(database_url)
    again.track_many([visit(ALICE, 60 * SESSIONS)])
    again.track_many([visit(ALICE, 190)])
    check(again)
