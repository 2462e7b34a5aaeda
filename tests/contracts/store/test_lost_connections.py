"""Connections that the server ends while somebody works with them."""

from __future__ import annotations

import logging

import psycopg
import pytest

import footfall
from footfall.application.ports.log import StreamAppend
from footfall.infrastructure.database.connections import driver
from footfall.infrastructure.database.database import Database
from footfall.infrastructure.log.transaction import StreamsAppended
from tests.contracts.connected import OTHERS, break_off
from tests.contracts.support import OpenEngine, crowd

pytestmark = pytest.mark.direct


def test_one_that_is_lost_amid_the_rows_of_an_append_is_tried_again_without_a_word(
    engine_at: OpenEngine, postgres_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, write = engine_at(postgres_url), StreamsAppended.write
    lost: list[int] = []

    def cut(streams: StreamsAppended, append: StreamAppend) -> None:
        if not lost and append.customer == streams.customers[len(streams.customers) // 2]:
            lost.append(break_off(postgres_url, OTHERS))
        write(streams, append)

    monkeypatch.setattr(StreamsAppended, "write", cut)
    events = crowd(700)
    assert {str(result.status) for result in engine.track_many(events)} == {"accepted"}
    assert lost
    assert [one for one in caplog.records if one.name.startswith("psycopg")] == []
    assert engine.stats(fresh=True).events == len(events)


@pytest.mark.parametrize("said", [True, False], ids=["noticed", "not noticed"])
def test_a_connection_that_is_lost_is_given_back_without_a_word_and_another_one_is_taken(
    postgres_url: str, caplog: pytest.LogCaptureFixture, said: bool
) -> None:
    database = Database(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as other, caplog.at_level(logging.INFO):
        try:
            with database.read() as connection:
                lost = driver(connection)
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [lost.info.backend_pid])
                if said:
                    lost.execute("SELECT 1")
        except footfall.StoreUnavailable:
            assert said
        with database.read() as connection:
            assert driver(connection) is not lost
            assert driver(connection).execute("SELECT 1").fetchone() == (1,)
    database.close()
    assert caplog.records == []
