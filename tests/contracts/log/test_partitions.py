"""Partitions: chosen by the customer's uuid, fixed when the store is created, the catalogue's apart from them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from uuid import UUID

from footfall.infrastructure.log.event_log import EventLog
from tests.contracts.log.streams import activity, append, appends, recorded, write
from tests.contracts.support import OpenEngine, crowd, execute, statuses


def test_a_customer_lies_in_the_partition_that_its_uuid_gives(event_log: EventLog, database_url: str) -> None:
    customers = [UUID(int=number) for number in range(12)]
    append(event_log, *(event for who in customers for event in recorded(who, [activity("a", 0)])))
    held = dict(execute(database_url, "SELECT position, partition FROM footfall.log"))
    assert set(held.values()) == set(range(event_log.partitions))
    assert [event_log.partition_of(who) for who in customers] == [n % event_log.partitions for n in range(12)]


def test_the_number_of_partitions_stays_as_the_store_was_created(postgres_url: str, engine_at: OpenEngine) -> None:
    assert engine_at(postgres_url, partitions=3).status().partitions == 3
    again = engine_at(postgres_url, partitions=8)
    assert again.status().partitions == 3
    assert set(statuses(again.track_many(crowd(20)))) == {"accepted"}
    assert again.stats(fresh=True).customers == 20


def test_sqlite_has_one_partition(sqlite_url: str, engine_at: OpenEngine) -> None:
    assert engine_at(sqlite_url, partitions=8).status().partitions == 1


def test_within_a_partition_the_order_of_commits_is_the_order_of_positions(
    event_log: EventLog, database_url: str
) -> None:
    # The second writer comes while the first has appended and not committed. Had it not to wait, a follower could
    # read its position, go on, and never see the first one's.
    first, second = UUID(int=4), UUID(int=8)
    later = Thread(target=append, args=(event_log, *recorded(second, [activity("b", 0)])))
    with event_log.transaction([first]) as transaction:
        write(transaction, appends(recorded(first, [activity("a", 0)])))
        later.start()
        later.join(timeout=0.5)
        assert later.is_alive()
        assert event_log.history(second) == []
    later.join()
    order = [who for (who,) in execute(database_url, "SELECT customer FROM footfall.log ORDER BY position")]
    assert order == sorted(order)
    assert len(order) == 4


def test_writers_to_two_partitions_do_not_wait_for_each_other(
    postgres_url: str, event_log_at: Callable[[str], EventLog]
) -> None:
    event_log = event_log_at(postgres_url)
    with event_log.transaction([UUID(int=0)]) as transaction:
        write(transaction, appends(recorded(UUID(int=0), [activity("a", 0)])))
        append(event_log, *recorded(UUID(int=1), [activity("b", 0)]))
        assert len(event_log.history(UUID(int=1))) == 2
    assert len(event_log.history(UUID(int=0))) == 2
