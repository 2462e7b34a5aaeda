"""Where the tables of a store lie: in a PostgreSQL schema, or beside a host's own tables in a SQLite file.

All SQL says `footfall.log`. What reaches the database names the table beyond doubt, whatever the connection's search
path is: `"footfall".log` in the schema of that name, `footfall_log` on SQLite, which has no schemas.
"""

from __future__ import annotations

from functools import cache

from ...domain.errors import InvalidArgument

SCHEMA = "footfall"
"""What SQL writes before each table, and the PostgreSQL schema unless another one is given."""

_NOT_IN_A_SCHEMA = frozenset("\"'%.\\")
_LONGEST = 63
_PREFIX = f"{SCHEMA}_"


class Naming:
    """The names of a store's tables; `schema` is PostgreSQL's, None on SQLite."""

    def __init__(self, schema: str | None) -> None:
        self.schema = schema
        self.constant = cache(self.__call__)
        """The same for the statements that are written in the code, each of which is remembered."""

    def __call__(self, sql: str) -> str:
        """SQL as the database takes it."""
        if self.schema:
            return sql.replace(f"{SCHEMA}.", f'"{self.schema}".')
        return sql.replace(f'{SCHEMA}."', f'"{_PREFIX}').replace(f"{SCHEMA}.", _PREFIX)

    def table(self, name: str) -> str:
        """The name of a table, without the schema."""
        return name if self.schema else f"{_PREFIX}{name}"

    def names(self, tables: set[str]) -> set[str]:
        """Which of the tables that a database has bear names of ours, as SQL writes them."""
        if self.schema:
            return tables
        folded = {name.lower() for name in tables}  # SQLite tells no upper from lower case
        return {name.removeprefix(_PREFIX) for name in folded if name.startswith(_PREFIX)}


def check_schema(name: str) -> str:
    """Return the name of a schema that can be written into SQL. Raises `InvalidArgument`."""
    too_long = not name or len(name.encode()) > _LONGEST
    if too_long or not name.isprintable() or _NOT_IN_A_SCHEMA.intersection(name) or name.startswith("pg_"):
        raise InvalidArgument(
            f"a schema has a name of 1 to {_LONGEST} bytes without quotes, dots, \\ and %, none that begins with pg_, "
            f"not {name!r}"
        )
    return name
