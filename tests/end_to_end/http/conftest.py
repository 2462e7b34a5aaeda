"""`footfall serve` on a fresh store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.http.service import Service


@pytest.fixture
def store_is_there() -> bool:
    """Stores are there already: how they are created is tested elsewhere."""
    return True


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    """A server on a fresh store, once on each kind of database."""
    with Service(database_url) as service:
        yield service


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[Service]:
    """A server on a fresh SQLite store, for what has nothing to do with the database."""
    with Service(sqlite_url) as service:
        yield service
