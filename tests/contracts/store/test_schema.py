"""Opening a store: created once, opened ever after, refused when a newer program has been there."""

from __future__ import annotations

from datetime import timedelta

import pytest

import footfall
from footfall.infrastructure.schema.prepare import NEWEST
from tests.contracts.sharing.processes import Worker, together
from tests.contracts.support import ALICE, MINUTE, NOON, ManualClock, OpenEngine, columns_of, execute, visit


def test_a_store_that_was_opened_before_is_as_it_was_left(engine_at: OpenEngine, database_url: str) -> None:
    with engine_at(database_url) as first:
        first.define("shop.seen", label="Seen")
        first.track_many([visit(ALICE, 0)])
    columns = columns_of(database_url)
    again = engine_at(database_url)
    assert columns_of(database_url) == columns
    assert again.profile(ALICE).counts == {"page.visit": 1}
    assert again.definitions()["shop.seen"].label == "Seen"


def test_two_engines_may_have_a_store_open(engine_at: OpenEngine, database_url: str) -> None:
    one, other = engine_at(database_url), engine_at(database_url)
    one.track_many([visit(ALICE, 0)])
    other.track_many([visit(ALICE, 1)])
    one.track_many([visit(ALICE, 2)])
    assert one.profile(ALICE) == other.profile(ALICE)
    assert one.profile(ALICE).counts == {"page.visit": 3}
    other.define("shop.seen")
    assert one.track(ALICE, "shop.seen").status == "accepted"


def test_the_session_timeout_stays_as_the_store_was_created(
    engine_at: OpenEngine, database_url: str, clock: ManualClock
) -> None:
    engine_at(database_url, session_timeout=timedelta(minutes=5)).track_many([visit(ALICE, 0), visit(ALICE, 5)])
    again = engine_at(database_url, session_timeout=timedelta(hours=1))
    assert again.status().session_timeout_seconds == 300.0
    again.track_many([visit(ALICE, 10.5)])
    assert [row.activities for row in again.sessions(ALICE, fresh=True)] == [1, 2]
    assert clock.now > NOON + MINUTE


@pytest.mark.parametrize("revision", [f"{int(NEWEST) + 1:04}", "0010", "9999"])
def test_a_store_of_a_newer_program_is_refused(engine_at: OpenEngine, database_url: str, revision: str) -> None:
    engine_at(database_url).track_many([visit(ALICE, 0)])
    execute(database_url, f"UPDATE footfall.version SET version_num = '{revision}'")
    with pytest.raises(footfall.NewerDatabase, match=f"{revision}.*{NEWEST}"):
        engine_at(database_url)
    assert execute(database_url, "SELECT version_num FROM footfall.version") == [(revision,)]


def test_processes_may_open_a_fresh_store_at_once(database_url: str) -> None:
    answers = together(*(Worker("open", database_url) for _ in range(4)))
    assert len(set(answers)) == 1
    assert execute(database_url, "SELECT count(*) FROM footfall.store") == [(1,)]
    assert len(execute(database_url, "SELECT projection FROM footfall.checkpoints WHERE partition = 0")) == 5


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://host/name", "sqlite+aiosqlite:///a.db", "postgresql://host:port/name", ""]
)
def test_a_url_that_footfall_does_not_speak_is_refused(engine_at: OpenEngine, url: str) -> None:
    with pytest.raises(footfall.FootfallError):
        engine_at(url)


@pytest.mark.parametrize(
    "url", ["sqlite:////dev/null/store.db", "sqlite:////dev/null", "postgresql://127.0.0.1:1/none"]
)
def test_a_store_that_cannot_be_reached_is_an_error_of_footfall(engine_at: OpenEngine, url: str) -> None:
    with pytest.raises(footfall.FootfallError):
        engine_at(url)


@pytest.mark.parametrize("partitions", [0, -1, 257])
def test_a_number_of_partitions_out_of_bounds_is_refused(
    engine_at: OpenEngine, sqlite_url: str, partitions: int
) -> None:
    with pytest.raises(footfall.FootfallError, match="partitions"):
        engine_at(sqlite_url, partitions=partitions)


def test_a_store_in_memory_is_refused_since_every_connection_would_have_its_own(engine_at: OpenEngine) -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(footfall.FootfallError, match="memory"):
            engine_at(url)
