"""Databases on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import sqlalchemy as sa


@contextmanager
def fresh_database(server: str, template: str | None = None) -> Iterator[str]:
    """The URL of a database that is created now, empty or as a copy of another, and dropped afterwards."""
    name = f"footfall_test_{uuid4().hex}"
    with psycopg.connect(_plain(server), autocommit=True) as connection:
        copied = "" if template is None else f" TEMPLATE {sa.make_url(template).database}"
        connection.execute(f"CREATE DATABASE {name}{copied}")
        try:
            yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _plain(url: str) -> str:
    # libpq's form of the URL, whichever driver SQLAlchemy's names.
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
