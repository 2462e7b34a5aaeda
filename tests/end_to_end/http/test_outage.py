"""The store goes away while the door is open, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

import footfall
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE
from tests.end_to_end.http.listening import Listening
from tests.end_to_end.http.service import Service
from tests.end_to_end.http.test_serve import shop

pytestmark = pytest.mark.direct


@contextmanager
def gone(url: str, server: str) -> Iterator[None]:
    """The database has another name meanwhile, and whoever was connected to it is cut off."""
    name = sa.make_url(url).database
    away = f"{name}_away"
    with psycopg.connect(server, autocommit=True) as connection:
        for old, new in ((name, away), (away, name)):
            connection.execute(f"ALTER DATABASE {old} ALLOW_CONNECTIONS false")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [old])
            connection.execute(f"ALTER DATABASE {old} RENAME TO {new}")
            connection.execute(f"ALTER DATABASE {new} ALLOW_CONNECTIONS true")
            if new == away:
                yield


def test_while_it_is_gone_senders_are_told_to_come_again_and_then_all_goes_on(
    postgres_url: str, postgres_server: str
) -> None:
    kept, sent = shop("/kept"), shop("/sent-again")
    with Service(postgres_url) as service, Listening(service.ask, action="page.visit") as live:
        assert service.ask.track(kept).statuses == ["accepted"]
        assert live.next()["params"]["url"] == "/kept"
        with gone(postgres_url, postgres_server):
            assert eventually(lambda: service.ask.track(sent).status == 503)
            answer = service.ask.track(sent)
            assert answer.status == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.document["code"].startswith("store_")
            assert service.ask("GET", "/readyz").status == 503
            assert service.ask("GET", "/healthz").status == 200
        assert eventually(lambda: service.ask("GET", "/readyz").status == 200)
        assert eventually(lambda: service.ask.track(sent).status == 200)
        assert service.ask.track(kept, sent).statuses == ["duplicate"] * 2
        assert live.next()["params"]["url"] == "/sent-again"
        assert service.stop() == 0
        assert [line for line in service.err.rest() if line.startswith(("Traceback", "  "))] == []
    with footfall.open(postgres_url) as engine:
        assert engine.profile(ALICE).events == 2


def test_a_database_that_is_dropped_is_told_and_the_server_ends_well_all_the_same(
    postgres_url: str, postgres_server: str
) -> None:
    with Service(postgres_url) as service:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {sa.make_url(postgres_url).database} WITH (FORCE)")
            answer = service.ask.track(shop(f"/{uuid4()}"))
            assert answer.status == 503
            assert "retry-after" in answer.headers
            connection.execute(f"CREATE DATABASE {sa.make_url(postgres_url).database}")
        assert service.stop() == 0
