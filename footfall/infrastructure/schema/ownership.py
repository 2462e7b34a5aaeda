"""Which tables are Footfall's: those that it made are listed, and no other is ever dropped or altered."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...application.ports.errors import NameTaken
from ..database.dialects.dialect import dialect_of
from ..log.tables import own_tables


def create_list(connection: Connection) -> None:
    """Begin the list of a store."""
    own_tables.create(connection)
    list_as_own(connection, [own_tables.name])


def owned(connection: Connection) -> set[str]:
    """The tables that are Footfall's."""
    return set(connection.scalars(sa.select(own_tables.c.name)))


def list_as_own(connection: Connection, tables: Iterable[str]) -> None:
    """Add tables to the list, which are not on it."""
    rows = [{"name": name} for name in tables]
    if rows:  # a step may make none, and of nothing a row without a name would be made
        connection.execute(own_tables.insert(), rows)


def check_free(connection: Connection, tables: Iterable[str]) -> None:
    """Raises `NameTaken` where there are tables of these names which are not Footfall's."""
    taken = there(connection).intersection(tables)
    if taken:
        name = dialect_of(connection).naming.table(min(taken))
        raise NameTaken(
            f"there is a table {name} that Footfall did not make, and nothing was touched: keep the store in another "
            "PostgreSQL schema (schema=…) or SQLite file, or give a read model of that name another one"
        )


def there(connection: Connection) -> set[str]:
    """All that bears the name of a table where a store's are or would be (tables, views, sequences), by the names that
    SQL writes."""
    naming, found = dialect_of(connection).naming, sa.inspect(connection)
    names = {*found.get_table_names(naming.schema), *found.get_view_names(naming.schema)}
    if naming.schema is not None:
        names |= {*found.get_materialized_view_names(naming.schema), *found.get_sequence_names(naming.schema)}
    return naming.names(names)


def drop(connection: Connection, table: str) -> None:
    """Drop a table that is Footfall's; one that is not on the list stays."""
    listed = connection.execute(own_tables.delete().where(own_tables.c.name == table)).rowcount
    naming = dialect_of(connection).naming
    # Where views have a file of their own, a host may have a table of that name in the other one.
    if listed and sa.inspect(connection).has_table(naming.table(table), naming.schema):
        connection.exec_driver_sql(f'DROP TABLE footfall."{table}"')
