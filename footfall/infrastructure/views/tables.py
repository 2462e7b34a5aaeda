"""Views as tables: the read models' columns in SQLAlchemy's words, live and while they are built beside."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from ...projections.read_model import ColumnType, Index, ReadModel
from ..database.column_types import COMPACT_UUID, JsonText
from ..database.connections import driver
from ..database.dialects.dialect import dialect_of
from ..database.naming import SCHEMA
from ..log.tables import checkpoints, own_tables, parked, tallies, tally_changes
from ..schema import ownership
from . import tallies as beside
from .dialects import view_statements
from .dialects.statements import Right


class Slot(StrEnum):
    """Which copy of a view: the one that is read, the one that a rebuild fills, the one that it has replaced."""

    LIVE = ""
    NEXT = "_next"
    OLD = "_old"


_TYPES: dict[ColumnType, TypeEngine[Any]] = {
    ColumnType.UUID: COMPACT_UUID,
    ColumnType.INTEGER: sa.BigInteger(),
    # Compared byte by byte, as SQLite does, whatever the language of the database.
    ColumnType.TEXT: sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql"),
    ColumnType.JSON: JsonText(),
}


_NAMED = 54
"""So much of the name of an index tells what it is; PostgreSQL keeps nine characters more."""

_REMEMBERED = (checkpoints, parked, tallies, tally_changes)
"""What is remembered about a copy, by its table's name as `projection`."""


@cache
def view(model: ReadModel, slot: Slot = Slot.LIVE) -> sa.Table:
    """The table of a read model in a slot."""
    columns = [sa.Column(column.name, _TYPES[column.kind], nullable=not column.required) for column in model.columns]
    # Where a fold replaces rows, what they leave behind is cleared away before a fifth of a large table is dead.
    settings = (
        {}
        if model.lookback_column is None
        else {"autovacuum_vacuum_scale_factor": 0.02, "autovacuum_vacuum_threshold": 2000}
    )
    return sa.Table(model.name + slot, sa.MetaData(schema=SCHEMA), *columns, postgresql_with=settings or None)


def create(connection: Connection, model: ReadModel, slot: Slot, partitions: int) -> None:
    """Create an empty copy of a view without its indexes, standing before the first event. Raises `NameTaken` where
    somebody else has a table of that name."""
    table = view(model, slot)
    ownership.check_free(connection, [table.name, view(model, Slot.OLD).name])
    table.create(connection)
    ownership.list_as_own(connection, [table.name])
    starts = [{"projection": table.name, "partition": number, "position": 0} for number in range(partitions)]
    connection.execute(checkpoints.insert(), starts)
    beside.begin(connection, model, table.name)


def indexes_of(model: ReadModel) -> list[Index]:
    """The indexes of a view: its key's, those that the model names, and one by customer in any case."""
    # The key has an index like any other, not a primary key's, which would be there while the copy is filled.
    keys = () if model.key is None else (Index(model.key, unique=True),)
    named = [*keys, *model.indexes]
    return named if any(map(_leads_to_customer, named)) else [*named, Index("uuid")]


def index_by_customer(model: ReadModel) -> Index:
    """The index that leads to a customer's rows."""
    return next(filter(_leads_to_customer, indexes_of(model)))


def _leads_to_customer(index: Index) -> bool:
    return index.columns[0] == "uuid"


def build_indexes(connection: Connection, model: ReadModel, slot: Slot) -> None:
    """Build the indexes of a copy: once it is filled, which is faster than while it is."""
    table = view(model, slot)
    for index in indexes_of(model):
        columns = ", ".join(f'"{column}"' for column in index.columns)
        named = f"{SCHEMA}_{model.name}_{'_'.join(index.columns)}"[:_NAMED]
        name = f"{named}_{uuid4().hex[:8]}"  # indexes keep their names when a table is renamed, and no two may be alike
        unique = "UNIQUE" if index.unique else ""
        connection.exec_driver_sql(f'CREATE {unique} INDEX "{name}" ON footfall."{table.name}" ({columns})')


def drop(connection: Connection, model: ReadModel, slot: Slot) -> None:
    """Drop a copy of a view, if it is there, and what is remembered about it."""
    table = view(model, slot)
    for remembered in _REMEMBERED:
        connection.execute(remembered.delete().where(remembered.c.projection == table.name))
    ownership.drop(connection, table.name)


def promote(connection: Connection, model: ReadModel) -> None:
    """Put the copy that was built in the place of the one that is read, in the transaction under way."""
    live, built = view(model, Slot.LIVE), view(model, Slot.NEXT)
    kept = rights(connection, model)
    for remembered in _REMEMBERED:
        connection.execute(remembered.delete().where(remembered.c.projection == live.name))
        moved = remembered.update().where(remembered.c.projection == built.name).values(projection=live.name)
        connection.execute(moved)
    old = view(model, Slot.OLD)
    rename(connection, live, old)
    rename(connection, built, live)
    with view_statements(dialect_of(connection)).leaving_pages(driver(connection)):
        ownership.drop(connection, old.name)
    give(connection, model, kept)


def rights(connection: Connection, model: ReadModel) -> list[Right] | None:
    """What others may do with the view that is read: whoever replaces its table must give them the same again."""
    return view_statements(dialect_of(connection)).rights(driver(connection), model.name)


def give(connection: Connection, model: ReadModel, kept: Sequence[Right] | None) -> None:
    """Give these rights to the view that is read, as far as it has the columns that they are about."""
    if kept is not None:  # what is new has what the database gives by default
        there = [right for right in kept if right.column is None or right.column in model.column_indexes]
        view_statements(dialect_of(connection)).give(driver(connection), model.name, there)


def rename(connection: Connection, table: sa.Table, to: sa.Table) -> None:
    """Rename a table, which must be Footfall's."""
    connection.execute(own_tables.update().where(own_tables.c.name == table.name).values(name=to.name))
    renamed = dialect_of(connection).naming.table(to.name)
    connection.exec_driver_sql(f'ALTER TABLE footfall."{table.name}" RENAME TO "{renamed}"')
