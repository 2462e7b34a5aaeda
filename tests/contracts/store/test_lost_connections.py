"""Connections that the server ends while somebody works with them."""

from __future__ import annotations

import logging

import psycopg
import pytest

import footfall
from footfall.infrastructure.database.connections import driver
from footfall.infrastructure.database.database import Database

pytestmark = pytest.mark.direct


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
