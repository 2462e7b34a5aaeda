"""Types of columns that both databases hold alike, and the values that they are written as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    return bytearray(uuid.int.to_bytes(16, "big"))


loads: Callable[[str], Any] = msgspec.json.decode


def dumps(value: Any) -> str:
    """The text under which a value is stored as JSON: with sorted keys, so that equal values are equal rows, and with
    numbers as they came in, which PostgreSQL's `jsonb` does not promise."""
    return _encode(value).decode()


def dumps_as_it_comes(value: Any) -> str:
    """The same without the sorting, for what is read but never compared."""
    return _encode_as_it_comes(value).decode()


_encode = msgspec.json.Encoder(order="sorted").encode
_encode_as_it_comes = msgspec.json.Encoder().encode


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


Conversions = Mapping[Any, Callable[[Sequence[Any]], Sequence[Any]]]
"""How the values of some kinds of columns are converted, a column at a time."""


def all_in_bytes(uuids: Iterable[UUID]) -> list[bytes]:
    """The sixteen bytes of each, without a call in Python for each, as `UUID.bytes` is one."""
    return [uuid.int.to_bytes(16, "big") for uuid in uuids]


def all_packed(uuids: Iterable[UUID]) -> list[bytearray]:
    """The same as SQLite takes them, see `packed`."""
    return list(map(bytearray, all_in_bytes(uuids)))


def all_unpacked(values: Iterable[bytes]) -> list[UUID]:
    """UUIDs from the sixteen bytes of each."""
    return list(map(unpacked, values))


def all_dumped(values: Iterable[Any]) -> list[str]:
    """The text of each as JSON, see `dumps`."""
    return [_encode(value).decode() for value in values]


def all_loaded(texts: Iterable[str]) -> list[Any]:
    """What each text is as JSON."""
    return list(map(loads, texts))


def converted(
    columns: Sequence[tuple[str, Any, bool]], rows: Sequence[tuple[Any, ...]], conversions: Conversions
) -> Sequence[tuple[Any, ...]]:
    """Rows with some values converted; `columns` are (name, kind, whether a value is required). None stays None."""
    return list(each_converted(columns, rows, conversions))


def each_converted(
    columns: Sequence[tuple[str, Any, bool]], rows: Sequence[tuple[Any, ...]], conversions: Conversions
) -> Iterable[tuple[Any, ...]]:
    """The same, where each row is looked at once: they need not all be there at the same time."""
    converters = [
        (at, conversions[kind], required) for at, (_, kind, required) in enumerate(columns) if kind in conversions
    ]
    if not converters or not rows:
        return rows
    values: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for at, convert, required in converters:
        values[at] = convert(values[at]) if required else _if_any(convert, values[at])
    return zip(*values, strict=True)


def _if_any(convert: Callable[[Sequence[Any]], Sequence[Any]], values: Sequence[Any]) -> Sequence[Any]:
    if None not in values:
        return convert(values)
    those = iter(convert([value for value in values if value is not None]))
    return [None if value is None else next(those) for value in values]


def in_columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows turned into columns, as PostgreSQL's `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)]
