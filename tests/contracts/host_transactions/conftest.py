"""Hosts of every kind, each with an engine on its database; stores are there already."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.host_transactions.hosts import KINDS, ON_SQLITE, Host, opened


@pytest.fixture
def store_is_there() -> bool:
    return True


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The library of the host; a test that asks for a host runs once on each kind."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database of that kind."""
    url: str = request.getfixturevalue("sqlite_url" if kind in ON_SQLITE else "postgres_url")
    return url


@pytest.fixture
def host(kind: str, database_url: str) -> Iterator[Host]:
    """A host with an empty table of orders."""
    with opened(kind, database_url) as made:
        yield made
