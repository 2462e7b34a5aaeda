"""Roles of a PostgreSQL server, and what the README grants to one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import sqlalchemy as sa

README = (Path(__file__).parents[3] / "README.md").read_text()
SQL_BLOCKS = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


@contextmanager
def role(url: str) -> Iterator[str]:
    """The name of a role that may connect, and no more; dropped afterwards with all that it was granted."""
    name = f"footfall_test_{uuid4().hex}"
    run(url, f"CREATE ROLE {name} LOGIN")
    try:
        yield name
    finally:
        run(url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Carry out statements, each by itself; the rows of the last one."""
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def url_of(url: str, name: str) -> str:
    """The same database for a role."""
    return sa.make_url(url).set(username=name).render_as_string(hide_password=False)


def grants_of_the_readme(name: str) -> list[str]:
    """The statements that the README shows, for a role."""
    (block,) = (block for block in SQL_BLOCKS if "GRANT USAGE ON SCHEMA" in block)
    return [f"{one} TO {name}" for one in re.findall(r"(.*) TO app;\n", block)]
