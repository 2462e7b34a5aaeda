"""An event that comes by itself makes one journey to PostgreSQL where its customer's state is known. Whatever others do
meanwhile, it is stored once, in its order, and under the rules that hold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

import footfall
from footfall.application.ports.errors import StoreUnavailable
from footfall.application.running.throttle import Throttle
from footfall.infrastructure.database.dialects import one_journey
from footfall.infrastructure.log.dialects.postgres_at_once import PostgresAtOnce
from footfall.infrastructure.log.dialects.postgres_channel import CHANNEL
from tests.contracts.host_transactions.hosts import libpq
from tests.contracts.support import (
    ALICE,
    BOB,
    NOON,
    OpenEngine,
    execute,
    gapless,
    parts_of,
    shown_by,
    statuses,
    versions,
    visit,
)

CUSTOMERS = [UUID(int=number) for number in range(1, 9)]
Journeys = list[str]


@pytest.fixture
def journeys(monkeypatch: pytest.MonkeyPatch) -> Journeys:
    """What became of each append that made one journey: `stored`, or the name of its error."""
    made: Journeys = []
    write = PostgresAtOnce.write

    def watched(self: PostgresAtOnce, *arguments: Any) -> Any:
        try:
            written = write(self, *arguments)
        except Exception as error:
            made.append(type(error).__name__)
            raise
        made.append("stored")
        return written

    monkeypatch.setattr(PostgresAtOnce, "write", watched)
    return made


def track(engine: footfall.Engine, event: dict[str, Any]) -> str:
    """What becomes of one event that comes by itself."""
    return statuses([engine.track(event["uuid"], event["action"], event["params"], **rest(event))])[0]


def rest(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ("time", "event_id")}


def some_visit(chance: Random, customer: UUID, minute: int) -> dict[str, Any]:
    """A visit under an id of its own, mostly at a minute, sometimes long before it."""
    late = chance.randrange(60 * 24 * 3) if chance.random() < 0.2 else 0
    moment = datetime.fromtimestamp(NOON / 1e6, UTC) + timedelta(minutes=minute - late)
    return {**visit(customer, 0), "time": moment.isoformat(), "event_id": UUID(int=chance.getrandbits(128), version=4)}


def test_it_stays_one_journey_where_the_driver_lets_the_server_forget_statements(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys
) -> None:
    chance, engine = Random(1), engine_at(postgres_url)
    for minute in range(3):
        assert track(engine, some_visit(chance, ALICE, minute)) == "accepted"
    for _ in range(8):  # as often as the driver waits before it lets the server remember a statement
        engine.track_many([visit(uuid4(), 0) for _ in range(3)])
    assert list(engine.subscribe(after="start", follow=False))  # ends with a ROLLBACK, behind which all is forgotten
    for minute in range(3, 6):
        assert track(engine, some_visit(chance, ALICE, minute)) == "accepted"
    assert journeys == ["stored"] * 5


@pytest.mark.direct  # a pooler passes no notification on
def test_an_attempt_that_fails_uses_up_no_wakeup(engine_at: OpenEngine, postgres_url: str, journeys: Journeys) -> None:
    engine, other = engine_at(postgres_url), engine_at(postgres_url)
    for minute in range(2):
        assert track(engine, visit(ALICE, minute)) == "accepted"
    assert track(other, visit(ALICE, 2)) == "accepted"
    statements: Any = parts_of(engine).log.statements
    statements._notifying = statements.at_once._notifying = Throttle(3_600)
    with psycopg.connect(libpq(postgres_url), autocommit=True) as listening:
        listening.execute(f"LISTEN {CHANNEL}")
        assert track(engine, visit(ALICE, 3)) == "accepted"
        assert journeys == ["stored", "UniqueViolation"]
        assert len(list(listening.notifies(timeout=60, stop_after=1))) == 1


@pytest.mark.parametrize("seed", range(4))
def test_engines_that_write_the_same_customers_in_turn_store_each_event_once(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys, seed: int
) -> None:
    chance = Random(seed)
    engines = [engine_at(postgres_url) for _ in range(3)]
    sent: list[dict[str, Any]] = []
    for minute in range(250):
        engine, what = chance.choice(engines), chance.random()
        if what < 0.1 and sent:
            assert track(engine, chance.choice(sent)) == "duplicate"
        elif what < 0.15:
            engine.update(chance.choice(CUSTOMERS), {"minute": minute})
        elif what < 0.18:
            engine.define(f"shop.action_{minute}")
        elif what < 0.25:
            together = [some_visit(chance, customer, minute) for customer in chance.sample(CUSTOMERS, 3)]
            assert statuses(engine.track_many(together)) == ["accepted"] * 3
            sent += together
        else:
            sent.append(some_visit(chance, chance.choice(CUSTOMERS), minute))
            assert track(engine, sent[-1]) == "accepted"
    assert {"stored", "UniqueViolation", "CatalogueChanged"} <= set(journeys)
    check(engines, postgres_url, sent)


def test_engines_that_write_the_same_customers_at_once_store_each_event_once(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys
) -> None:
    engines = [engine_at(postgres_url) for _ in range(4)]
    follower = engine_at(postgres_url)
    work = [(number, Random(number), list[dict[str, Any]]()) for number in range(len(engines))]

    def write(own: tuple[int, Random, list[dict[str, Any]]]) -> None:
        number, chance, sent = own
        for minute in range(80):
            sent.append(some_visit(chance, chance.choice(CUSTOMERS[:4]), minute))
            assert track(engines[number], sent[-1]) == "accepted"
            if chance.random() < 0.2:
                assert track(engines[number], chance.choice(sent)) == "duplicate"

    with ThreadPoolExecutor(len(engines)) as threads:
        writing = [threads.submit(write, own) for own in work]
        while not all(one.done() for one in writing):
            follower.catch_up()  # with cursors: what were committed behind them would be missed for ever
        for one in writing:
            one.result(60)
    assert {"stored", "UniqueViolation"} <= set(journeys)
    check(engines, postgres_url, [event for _, _, sent in work for event in sent])


def check(engines: list[footfall.Engine], url: str, sent: list[dict[str, Any]]) -> None:
    """Every event is there once, every stream is numbered in the order of the log, and the views are what it gives."""
    assert gapless(versions(url).values())
    ids = [one for (one,) in execute(url, "SELECT event_id FROM footfall.log WHERE topic = 'activity'")]
    assert sorted(ids) == sorted(event["event_id"] for event in sent)
    for engine in engines:
        engine.catch_up()
        assert engine.verify().ok
    shown = [shown_by(engine) for engine in engines]
    assert all(one == shown[0] for one in shown)


def test_an_event_of_a_customer_who_is_known_makes_one_journey(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys
) -> None:
    engine = engine_at(postgres_url)
    track(engine, visit(ALICE, 0))
    assert journeys == []
    assert track(engine, visit(ALICE, 1)) == "accepted"
    assert journeys == ["stored"]
    assert execute(postgres_url, "SELECT count(*) FROM footfall.log WHERE topic = 'activity'") == [(2,)]


def test_what_others_wrote_to_another_customer_of_the_partition_is_seen_afterwards(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys
) -> None:
    mine, other = CUSTOMERS[0], UUID(int=CUSTOMERS[0].int + 16)
    one, another = engine_at(postgres_url), engine_at(postgres_url)
    one.track_many([visit(mine, 0), visit(other, 0)])
    another.track_many([visit(other, 1)])
    assert track(one, visit(mine, 1)) == "accepted"
    assert journeys == ["stored"]
    assert one.track_many([visit(other, 1)])[0].status is footfall.Status.DUPLICATE
    assert track(one, visit(other, 2)) == "accepted"
    check([one, another], postgres_url, [visit(mine, 0), visit(mine, 1), *(visit(other, n) for n in range(3))])


def test_an_action_that_was_removed_meanwhile_is_refused(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys
) -> None:
    one, other = engine_at(postgres_url), engine_at(postgres_url)
    one.define("shop.seen")
    one.track(ALICE, "shop.seen")
    one.track(ALICE, "shop.seen")
    other.undefine("shop.seen")
    assert one.track(ALICE, "shop.seen").reason is footfall.Reason.UNDEFINED_ACTION
    assert journeys == ["stored", "CatalogueChanged"]
    assert one.verify().ok


def test_it_waits_for_who_writes_in_the_partition_no_longer_than_others_do(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys
) -> None:
    mine, other = CUSTOMERS[0], UUID(int=CUSTOMERS[0].int + 16)
    holder, engine = engine_at(postgres_url), engine_at(postgres_url, lock_timeout=timedelta(milliseconds=50))
    for minute in range(2):
        track(engine, visit(mine, minute))
    with parts_of(holder).log.transaction([other]), pytest.raises(footfall.StoreBusy):
        track(engine, visit(mine, 2))
    assert track(engine, visit(mine, 2)) == "accepted"
    assert journeys[:2] == ["stored", "LockNotAvailable"]
    check([engine], postgres_url, [visit(mine, minute) for minute in range(3)])


def test_also_the_first_one_waits_for_tables_no_longer_than_others_do(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys
) -> None:
    # The server locks the tables of a statement as soon as it reads it.
    engine = engine_at(postgres_url, lock_timeout=timedelta(milliseconds=50))
    track(engine, visit(ALICE, 0))
    with psycopg.connect(libpq(postgres_url)) as holder:
        holder.execute("LOCK TABLE footfall.log IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(footfall.StoreBusy):
            track(engine, visit(ALICE, 1))
    assert [track(engine, visit(ALICE, minute)) for minute in (1, 2)] == ["accepted", "accepted"]
    assert journeys == ["LockNotAvailable", "stored"]
    check([engine], postgres_url, [visit(ALICE, minute) for minute in range(3)])


def broken_after(monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """The next append in one journey is carried out; then something happens, and its answer is lost."""
    carry_out = one_journey._carried_out

    def lose(connection: Any) -> Any:
        carry_out(connection)
        monkeypatch.setattr(one_journey, "_carried_out", carry_out)
        connection.pgconn.finish()
        then()
        raise psycopg.OperationalError("the connection broke")

    monkeypatch.setattr(one_journey, "_carried_out", lose)


def test_an_event_whose_answer_was_lost_is_accepted_and_stored_once(
    engine_at: OpenEngine, postgres_url: str, monkeypatch: pytest.MonkeyPatch, journeys: Journeys
) -> None:
    engine = engine_at(postgres_url)
    for minute in range(2):
        track(engine, visit(ALICE, minute))
    broken_after(monkeypatch, lambda: None)
    assert track(engine, visit(ALICE, 2)) == "accepted"
    assert journeys == ["stored", "OperationalError"]
    assert track(engine, visit(ALICE, 2)) == "duplicate"
    check([engine], postgres_url, [visit(ALICE, minute) for minute in range(3)])


def test_an_interruption_in_the_middle_of_it_leaves_no_connection_behind(
    engine_at: OpenEngine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_at(postgres_url)
    for minute in range(2):
        track(engine, visit(ALICE, minute))
    journey = one_journey._journey

    def interrupted(*arguments: Any) -> Any:
        monkeypatch.setattr(one_journey, "_journey", journey)
        yield from journey(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(one_journey, "_journey", interrupted)
    with pytest.raises(KeyboardInterrupt):
        track(engine, visit(ALICE, 2))
    assert track(engine, visit(ALICE, 2)) in ("accepted", "duplicate")
    assert track(engine, visit(ALICE, 3)) == "accepted"
    assert parts_of(engine).database.queue.taken == 0
    check([engine], postgres_url, [visit(ALICE, minute) for minute in range(4)])


@pytest.mark.direct
def test_a_connection_that_the_server_ends_is_replaced(engine_at: OpenEngine, postgres_url: str) -> None:
    engine = engine_at(postgres_url)
    for minute in range(3):
        track(engine, visit(ALICE, minute))
        with suppress(StoreUnavailable):
            execute(
                postgres_url,
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
            )
    assert track(engine, visit(ALICE, 3)) == "accepted"
    check([engine], postgres_url, [visit(ALICE, minute) for minute in range(4)])


def test_more_than_an_event_or_new_customers_are_stored_beside_it(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys
) -> None:
    engine = engine_at(postgres_url)
    known = [visit(customer, 0) for customer in CUSTOMERS]
    engine.track_many(known)
    again = [visit(customer, 1) for customer in CUSTOMERS]
    assert statuses(engine.track_many(again)) == ["accepted"] * len(CUSTOMERS)
    assert journeys == ["stored"]
    mixed = [visit(CUSTOMERS[0], 2), visit(BOB, 0), {"uuid": str(ALICE), "action": "none.such"}]
    assert statuses(engine.track_many(mixed)) == ["accepted", "accepted", "rejected"]
    refused_too = [visit(CUSTOMERS[0], 3), {"uuid": str(CUSTOMERS[1]), "action": "none.such", "event_id": uuid4()}]
    assert statuses(engine.track_many(refused_too)) == ["accepted", "rejected"]
    check([engine], postgres_url, [*known, *again, *mixed[:2], refused_too[0]])


def test_other_content_under_a_stored_id_is_a_conflict_also_where_it_came_in_the_same_moment(
    engine_at: OpenEngine, postgres_url: str, journeys: Journeys
) -> None:
    engine = engine_at(postgres_url, partitions=1, clock=lambda: NOON)
    first, other = visit(ALICE, 0), visit(ALICE, 1)
    assert [track(engine, event) for event in (first, other)] == ["accepted", "accepted"]
    engine_at(postgres_url).track_many([visit(BOB, 0)])  # so that something is stored after what is supposed
    results = engine.track_many([{**other, "action": "button.click"}])
    assert [result.reason for result in results] == ["conflict"]
    assert "AppendConflict" in journeys or "UniqueViolation" in journeys
