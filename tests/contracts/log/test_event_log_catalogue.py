"""The contract of the event log's port, for every log: the catalogue's streams."""

from __future__ import annotations

from uuid import UUID

import pytest

from footfall.application.ports.errors import AppendConflict
from footfall.application.ports.log import CATALOGUE_PARTITION, Log
from footfall.domain.catalogue import stream_id
from footfall.domain.definition import Definition, Parameter, ParameterType
from footfall.domain.events import ActionDefined, ActionRemoved, CatalogueEvent, Recorded, SessionTimeoutSet
from tests.contracts.log.streams import activity, append, recorded
from tests.contracts.support import ALICE, NOON, named

TIMEOUTS = named("timeouts")


def defined(version: int, label: str, action: str = "shop.seen") -> Recorded[CatalogueEvent]:
    parameters = {"n": Parameter(ParameterType.INTEGER, required=True)}
    definition = Definition(action, label, parameters=parameters, session_activity=True)
    return Recorded(stream_id(action), version, ActionDefined(NOON + version, definition))


def test_the_catalogue_is_read_in_its_order_with_its_head(any_log: Log) -> None:
    assert any_log.catalogue(0) == (0, [])
    written: list[Recorded[CatalogueEvent]] = [
        defined(1, "Seen"),
        Recorded(TIMEOUTS, 1, SessionTimeoutSet(NOON, 60_000_000)),
        defined(1, "Heard", "shop.heard"),
        defined(2, "Seen again"),
        Recorded(stream_id("shop.seen"), 3, ActionRemoved(NOON, "shop.seen")),
    ]
    any_log.define(written[:1])
    first, _ = any_log.catalogue(0)
    any_log.define(written[1:])
    head, events = any_log.catalogue(0)
    assert events == written
    assert 0 < first < head
    with any_log.transaction([]) as transaction:
        assert transaction.heads[CATALOGUE_PARTITION] == head


def test_the_catalogue_refuses_a_version_that_is_there_and_all_that_came_with_it(any_log: Log) -> None:
    any_log.define([defined(1, "Seen")])
    before = any_log.catalogue(0)
    with pytest.raises(AppendConflict):
        any_log.define([defined(1, "Heard", "shop.heard"), defined(1, "Seen otherwise")])
    assert any_log.catalogue(0) == before


def test_the_catalogue_is_nobodys_stream(any_log: Log) -> None:
    any_log.define([defined(1, "Seen")])
    assert set(any_log.positions().values()) == {0}
    assert list(any_log.activity()) == []


def test_a_transaction_reaches_what_the_catalogue_has_reached(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]))
    any_log.define([defined(1, "Seen")])
    with any_log.transaction([ALICE]) as transaction:
        assert max(transaction.heads.values()) <= transaction.reached
        assert transaction.heads[any_log.partition_of(ALICE)] == any_log.positions()[any_log.partition_of(ALICE)]


def test_a_transaction_knows_the_heads_of_its_partitions_alone(any_log: Log) -> None:
    with any_log.transaction([UUID(int=0), UUID(int=4)]) as transaction:
        assert set(transaction.heads) == {CATALOGUE_PARTITION, 0}
