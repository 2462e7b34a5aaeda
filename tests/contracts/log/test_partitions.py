"""Partitions: chosen by the customer's uuid, fixed when the store is created, the catalogue's apart from them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from uuid import UUID

import pytest

from footfall.application.ports.errors import AppendConflict
from footfall.application.ports.log import CATALOGUE_PARTITION
from footfall.domain.catalogue import stream_id
from footfall.domain.definition import Definition
from footfall.domain.events import ActionDefined, CatalogueEvent, Recorded
from footfall.infrastructure.log.event_log import EventLog
from tests.contracts.log.streams import activity, append, recorded
from tests.contracts.support import NOON, OpenEngine, crowd, execute, statuses


def defined(version: int, label: str) -> Recorded[CatalogueEvent]:
    return Recorded(stream_id("shop.seen"), version, ActionDefined(NOON + version, Definition("shop.seen", label)))


def test_a_customer_lies_in_the_partition_that_its_uuid_gives(event_log: EventLog, database_url: str) -> None:
    customers = [UUID(int=number) for number in range(12)]
    append(event_log, *(event for who in customers for event in recorded(who, [activity("a", 0)])))
    held = dict(execute(database_url, "SELECT position, partition FROM log"))
    assert set(held.values()) == set(range(event_log.partitions))
    assert [event_log.partition_of(who) for who in customers] == [n % event_log.partitions for n in range(12)]


def test_a_transaction_knows_the_heads_of_the_partitions_that_it_locked(event_log: EventLog) -> None:
    with event_log.transaction([UUID(int=0), UUID(int=4)]) as transaction:
        assert set(transaction.heads) == {CATALOGUE_PARTITION, 0}


def test_the_number_of_partitions_stays_as_the_store_was_created(postgres_url: str, engine_at: OpenEngine) -> None:
    assert engine_at(postgres_url, partitions=3).status().partitions == 3
    again = engine_at(postgres_url, partitions=8)
    assert again.status().partitions == 3
    assert set(statuses(again.track_many(crowd(20)))) == {"accepted"}
    assert again.stats(fresh=True).customers == 20


def test_sqlite_has_one_partition(sqlite_url: str, engine_at: OpenEngine) -> None:
    assert engine_at(sqlite_url, partitions=8).status().partitions == 1


def test_the_catalogue_is_read_in_its_order_with_its_head(event_log: EventLog) -> None:
    assert event_log.catalogue() == (0, [])
    event_log.define([defined(1, "Seen")])
    first, _ = event_log.catalogue()
    event_log.define([defined(2, "Seen again")])
    head, events = event_log.catalogue()
    assert events == [defined(1, "Seen"), defined(2, "Seen again")]
    assert 0 < first < head
    with event_log.transaction([]) as transaction:
        assert transaction.heads[CATALOGUE_PARTITION] == head


def test_the_catalogue_refuses_a_version_that_is_there(event_log: EventLog) -> None:
    event_log.define([defined(1, "Seen")])
    with pytest.raises(AppendConflict):
        event_log.define([defined(1, "Seen otherwise")])
    assert event_log.catalogue()[1] == [defined(1, "Seen")]


def test_within_a_partition_the_order_of_commits_is_the_order_of_positions(
    event_log: EventLog, database_url: str
) -> None:
    # The second writer comes while the first has appended and not committed. Had it not to wait, a follower could
    # read its position, go on, and never see the first one's.
    first, second = UUID(int=4), UUID(int=8)
    later = Thread(target=append, args=(event_log, *recorded(second, [activity("b", 0)])))
    with event_log.transaction([first]) as transaction:
        transaction.append(recorded(first, [activity("a", 0)]), {}, {})
        later.start()
        later.join(timeout=0.5)
        assert later.is_alive()
        assert event_log.history(second) == []
    later.join()
    order = [who for (who,) in execute(database_url, "SELECT customer FROM log ORDER BY position")]
    assert order == sorted(order)
    assert len(order) == 4


def test_writers_to_two_partitions_do_not_wait_for_each_other(
    postgres_url: str, event_log_at: Callable[[str], EventLog]
) -> None:
    event_log = event_log_at(postgres_url)
    with event_log.transaction([UUID(int=0)]) as transaction:
        transaction.append(recorded(UUID(int=0), [activity("a", 0)]), {}, {})
        append(event_log, *recorded(UUID(int=1), [activity("b", 0)]))
        assert len(event_log.history(UUID(int=1))) == 2
    assert len(event_log.history(UUID(int=0))) == 2
