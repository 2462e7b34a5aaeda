"""Types of columns that both databases hold alike, and the values that they are written as."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

unpacked: Callable[[bytes], UUID] = partial(msgspec.convert, type=UUID)
"""A UUID from its sixteen bytes, in a third of the time that `UUID(bytes=...)` takes."""


def packed(uuid: UUID) -> bytearray:
    """A UUID's sixteen bytes as SQLite takes them: its driver looks for adapters of `bytes`, at twice the price."""
    return bytearray(uuid.bytes)


loads: Callable[[str], Any] = msgspec.json.decode


def dumps(value: Any) -> str:
    """The text under which a value is stored as JSON: with sorted keys, so that equal values are equal rows, and with
    numbers as they came in, which PostgreSQL's `jsonb` does not promise."""
    return msgspec.json.encode(value, order="sorted").decode()


class UuidBytes(TypeDecorator[UUID]):
    """A column of UUIDs as sixteen bytes, which sort as the UUIDs do."""

    impl = sa.LargeBinary(16)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, _dialect: Dialect) -> bytes | None:
        """A UUID on its way into the database."""
        return None if value is None else value.bytes

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> UUID | None:
        """A UUID on its way out."""
        return None if value is None else unpacked(value)


COMPACT_UUID: TypeEngine[UUID] = UuidBytes().with_variant(postgresql.UUID(), "postgresql")
"""PostgreSQL's own uuid; on SQLite sixteen bytes."""


class JsonText(TypeDecorator[Any]):
    """A column of JSON text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str:
        """A value on its way into the database."""
        return dumps(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        """A value on its way out."""
        return None if value is None else loads(value)


Conversions = Mapping[Any, Callable[[Any], Any]]
"""How values of some kinds of columns are converted."""


def converted(
    columns: Sequence[tuple[str, Any, bool]], rows: Sequence[tuple[Any, ...]], conversions: Conversions
) -> Sequence[tuple[Any, ...]]:
    """Rows with some values converted; `columns` are (name, kind, whether a value is required). None stays None."""
    converters = [
        (at, conversions[kind], required) for at, (_, kind, required) in enumerate(columns) if kind in conversions
    ]
    if not converters or not rows:
        return rows
    values: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for at, convert, required in converters:
        given = values[at]
        values[at] = list(map(convert, given)) if required else [_if_any(convert, value) for value in given]
    return list(zip(*values, strict=True))


def _if_any(convert: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else convert(value)


def in_columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows turned into columns, as PostgreSQL's `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)]
