"""A view's statements on PostgreSQL: rows go in by COPY, and many come out by a cursor of the server's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg

from ....projections.read_model import ColumnType, ReadModel, Row, Tallies
from ...database.column_types import (
    Conversions,
    all_dumped,
    all_in_bytes,
    all_loaded,
    converted,
    dumps_as_it_comes,
    each_converted,
    in_columns,
)
from ...database.connections import copying
from ...database.naming import Naming
from . import postgres_rights
from .statements import NOTED, PIECE, Lookup, Right, StoredRow

FEW = 8
"""So many rows of a customer are loaded without asking which of them are needed."""

QUICKLY, LONGEST = 0.1, 0.5
"""A COPY goes on while the next piece of rows is made, if that takes so many seconds, and so many altogether."""

# Sixteen bytes are what COPY takes for a uuid.
_TYPES = {ColumnType.UUID: "bytea", ColumnType.INTEGER: "int8", ColumnType.TEXT: "text", ColumnType.JSON: "text"}


class PostgresViews:
    """The `ViewStatements` of PostgreSQL. Names of tables and columns are those of the read models, never input."""

    def __init__(self, naming: Naming) -> None:
        self._named = naming.constant

    def load(
        self, driver: psycopg.Connection[Any], model: ReadModel, table: str, wanted: Sequence[Lookup]
    ) -> Sequence[Row]:
        """Rows of customers, by the column that the model calls `lookback_column`."""
        first: dict[UUID, int] = {}
        for customer, since, *_ in wanted:
            first.setdefault(customer, since)  # those of a customer come in order
        rows = self._rows(driver, _load_few(model, table), [list(first), list(first.values())])
        # Most customers have few rows from there on, which are no more work than a look-up for each span would be.
        owner = model.column_indexes["uuid"]
        many = {customer for customer, number in Counter([row[owner].int for row in rows]).items() if number == FEW}
        if many:
            rows = [row for row in rows if row[owner].int not in many]
            rows += self._rows(driver, _load(model, table), in_columns([one for one in wanted if one[0].int in many]))
        return converted(model.columns, rows, {ColumnType.JSON: all_loaded})

    def _rows(self, driver: psycopg.Connection[Any], statement: str, given: Sequence[Any]) -> list[Row]:
        return driver.cursor(binary=True).execute(self._named(statement), given).fetchall()

    def remove(self, driver: psycopg.Connection[Any], model: ReadModel, table: str, keys: Sequence[UUID]) -> None:
        """Delete rows by key."""
        statement = f'DELETE FROM footfall."{table}" WHERE "{model.key}" = ANY(%b)'  # noqa: S608
        driver.execute(self._named(statement), (list(keys),), binary=True)

    def add(
        self, driver: psycopg.Connection[Any], model: ReadModel, table: str, pieces: Iterable[Sequence[Row]]
    ) -> None:
        """Insert rows by COPY. The server writes while the next piece is made, unless that takes long: a statement that
        waits for rows has a time-out like any other."""
        statement, types = self._named(_copy(model, table)), [_TYPES[column.kind] for column in model.columns]
        made = _Pieces(pieces)
        rows = made.next()
        while rows is not None:
            made.begin()
            with copying(driver, statement, types) as write:
                while rows is not None:
                    for row in each_converted(model.columns, rows, _STORED):
                        write(row)
                    rows = made.next() if made.quickly else None
            if not made.quickly:
                rows = made.next()

    def stored(self, model: ReadModel, rows: Sequence[Row]) -> Sequence[StoredRow]:
        """Rows as the table would hold them; what is not of its column's type could not be written."""
        return converted(model.columns, rows, _STORED)

    def of_streams(
        self, driver: psycopg.Connection[Any], model: ReadModel, table: str, after: int, upto: int
    ) -> Iterator[Sequence[StoredRow]]:
        """The rows of the customers of some streams. OFFSET 0 keeps each look-up one."""
        statement = (
            "SELECT v.* FROM (SELECT customer FROM footfall.streams WHERE stream > %s AND stream <= %s) AS s "  # noqa: S608
            f'CROSS JOIN LATERAL (SELECT {_selected(model)} FROM footfall."{table}" AS v '
            "WHERE v.uuid = s.customer OFFSET 0) AS v"
        )
        yield from self._pieces(driver, table, statement, (after, upto))

    def in_stream_order(
        self, driver: psycopg.Connection[Any], model: ReadModel, table: str
    ) -> Iterator[Sequence[StoredRow]]:
        """All rows of customers that have a stream, after its number."""
        statement = (
            f'SELECT s.stream, {_selected(model)} FROM footfall."{table}" AS v '  # noqa: S608
            "JOIN footfall.streams AS s ON s.customer = v.uuid ORDER BY s.stream"
        )
        yield from self._pieces(driver, table, statement)

    def note_tallies(self, driver: psycopg.Connection[Any], table: str, tallies: Tallies, sign: int) -> None:
        """Note that rows with these tallies have come or gone."""
        rows = [(name, len(numbers), dumps_as_it_comes(numbers)) for name, numbers in tallies.items() if numbers]
        if rows:
            names, sizes, texts = in_columns(rows)
            driver.execute(self._named(_NOTE), (table, sign, names, sizes, texts), binary=True)

    def gathered(self, driver: psycopg.Connection[Any], numbers: int, documents: int) -> Sequence[str]:
        """The tables of which much is noted."""
        return [table for (table,) in driver.execute(self._named(_GATHERED), (numbers, documents))]

    def note_source(self, driver: psycopg.Connection[Any], position: int) -> None:
        """They are kept with it."""

    def everything(
        self, driver: psycopg.Connection[Any], model: ReadModel, table: str
    ) -> Iterator[Sequence[StoredRow]]:
        """All rows, in any order."""
        yield from self._pieces(driver, table, f'SELECT {_selected(model)} FROM footfall."{table}" AS v')  # noqa: S608

    def of_strangers(
        self, driver: psycopg.Connection[Any], model: ReadModel, table: str
    ) -> Iterator[Sequence[StoredRow]]:
        """The rows of customers that have no stream."""
        statement = (
            f'SELECT {_selected(model)} FROM footfall."{table}" AS v '  # noqa: S608
            "WHERE NOT EXISTS (SELECT FROM footfall.streams AS s WHERE s.customer = v.uuid)"
        )
        yield from self._pieces(driver, table, statement)

    def leaving_pages(self, _driver: psycopg.Connection[Any]) -> AbstractContextManager[None]:
        """A table is a file of its own, which is removed."""
        return nullcontext()

    def rights(self, driver: psycopg.Connection[Any], table: str) -> list[Right] | None:
        """What was granted, policies and comments, and whose it is."""
        return postgres_rights.read(driver, self._named(f'footfall."{table}"'))

    def give(self, driver: psycopg.Connection[Any], table: str, rights: Sequence[Right]) -> None:
        """Grant it."""
        postgres_rights.give(driver, self._named(f'footfall."{table}"'), rights)

    def _pieces(
        self, driver: psycopg.Connection[Any], table: str, statement: str, parameters: tuple[int, ...] = ()
    ) -> Iterator[Sequence[StoredRow]]:
        with driver.cursor(f"rows of {table}", binary=True) as cursor:
            cursor.execute(self._named(statement), parameters)
            while rows := cursor.fetchmany(PIECE):
                yield rows


class _Pieces:
    """Pieces of rows, and whether they are made quickly: the last one, and all that a COPY took."""

    def __init__(self, pieces: Iterable[Sequence[Row]]) -> None:
        self._remaining = iter(pieces)
        self._took = self._began = 0.0

    def begin(self) -> None:
        """A COPY begins."""
        self._began = monotonic()

    def next(self) -> Sequence[Row] | None:
        """The next one, if any."""
        before = monotonic()
        rows = next(self._remaining, None)
        self._took = monotonic() - before
        return rows

    @property
    def quickly(self) -> bool:
        """Whether a COPY can go on while the next one is made."""
        return self._took < QUICKLY and monotonic() < self._began + LONGEST


_NOTE = (
    f"INSERT INTO footfall.tally_changes ({NOTED}) SELECT %s, name, numbers, %s, changes "  # noqa: S608
    "FROM unnest(%b::text[], %b::bigint[], %b::text[]) AS n (name, numbers, changes)"
)
_GATHERED = (
    "SELECT projection FROM footfall.tally_changes GROUP BY projection HAVING sum(numbers) > %s OR count(*) > %s"
)
_STORED: Conversions = {ColumnType.UUID: all_in_bytes, ColumnType.JSON: all_dumped}


def _selected(model: ReadModel) -> str:
    named = ((f'v."{column.name}"', column.kind) for column in model.columns)
    return ", ".join(f"uuid_send({name})" if kind is ColumnType.UUID else name for name, kind in named)


def _load_few(model: ReadModel, table: str) -> str:
    place = f'"{model.lookback_column}"'
    return (
        "SELECT v.* FROM unnest(%b::uuid[], %b::bigint[]) AS w (customer, since) "  # noqa: S608
        f'CROSS JOIN LATERAL (SELECT * FROM footfall."{table}" WHERE uuid = w.customer AND {place} >= w.since '
        f"ORDER BY {place} LIMIT {FEW}) AS v"
    )


def _load(model: ReadModel, table: str) -> str:
    rows, place = f'SELECT * FROM footfall."{table}" WHERE uuid = w.customer', f'"{model.lookback_column}"'  # noqa: S608
    return (
        "SELECT v.* "  # noqa: S608
        "FROM unnest(%b::uuid[], %b::bigint[], %b::bigint[], %b::bigint[]) AS w (customer, since, until, before) "
        f"CROSS JOIN LATERAL (({rows} AND {place} BETWEEN w.since AND w.until OFFSET 0) UNION ALL "
        f"({rows} AND {place} > w.until AND {place} < w.before ORDER BY {place} LIMIT 1)) AS v"
    )


def _copy(model: ReadModel, table: str) -> str:
    columns = ", ".join(f'"{column.name}"' for column in model.columns)
    return f'COPY footfall."{table}" ({columns}) FROM STDIN (FORMAT BINARY)'
