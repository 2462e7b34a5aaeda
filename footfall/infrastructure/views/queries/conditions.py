"""Conditions on attributes and counts as a database is asked for them; their rule is `domain/conditions.py`'s."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from ....domain.conditions import Above, Absent, AllOf, AtLeast, AtMost, Below, Condition, OneOf
from ....domain.json_equality import is_number
from ....projections.profiles import ProfileFilter
from ...database.column_types import dumps, loads
from ...database.connections import driver
from ...database.dialects.dialect import dialect_of

Conditions = list[sa.ColumnElement[bool]]
Columns = Any
"""Of the view of profiles."""

_FINDS = "footfall_finds"
_COMPARED: dict[type[Any], Callable[[Any, Any], Any]] = {
    AtLeast: operator.ge,
    Above: operator.gt,
    AtMost: operator.le,
    Below: operator.lt,
}


def on_content(connection: Connection, columns: Columns, which: ProfileFilter) -> Conditions:
    """The conditions on attributes and counts, for a statement on this connection."""
    if not which.attributes and not which.counts:
        return []
    asked: Conditions = dialect_of(connection).pick(sqlite=_on_sqlite, postgres=_on_postgres)(
        connection, columns, which
    )
    return asked


def _on_sqlite(connection: Connection, columns: Columns, which: ProfileFilter) -> Conditions:
    # SQLite reads numbers in its own way, not always to the last bit, so it asks the rule itself.
    def finds(attributes: str, counts: str) -> bool:
        return which.finds_by_content(loads(attributes), loads(counts))

    driver(connection).create_function(_FINDS, 2, finds)
    text = (sa.type_coerce(column, sa.Text) for column in (columns.attributes, columns.counts))
    return [getattr(sa.func, _FINDS)(*text, type_=sa.Boolean())]


def _on_postgres(_connection: Connection, columns: Columns, which: ProfileFilter) -> Conditions:
    attributes, counts = (
        sa.cast(sa.type_coerce(column, sa.Text), postgresql.JSON) for column in (columns.attributes, columns.counts)
    )
    none = _json(0)
    return [
        *(_holds(sa.cast(attributes[name], postgresql.JSONB), one) for name, one in which.attributes.items()),
        *(_holds(_or(sa.cast(counts[name], postgresql.JSONB), none), one) for name, one in which.counts.items()),
    ]


def _json(value: Any) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal(dumps(value), sa.Text), postgresql.JSONB)


def _or(value: Any, otherwise: Any) -> Any:
    return sa.func.coalesce(value, otherwise, type_=postgresql.JSONB())


def _holds(value: Any, condition: Condition) -> sa.ColumnElement[bool]:
    # `jsonb` compares numbers as the decimals under which they are stored. The shortest text of a float stands in the
    # same order among those of others, and of the integers that are stored, as the float itself does.
    match condition:
        case AllOf(conditions):
            return sa.and_(sa.true(), *(_holds(value, one) for one in conditions))
        case OneOf(values):
            return sa.or_(sa.false(), *(value == _json(one) for one in values))
        case AtLeast(end) | Above(end) | AtMost(end) | Below(end):
            kind, bound = ("number", _number(end)) if is_number(end) else ("string", sa.literal(end, sa.Text))
            text = value.op("#>>", return_type=sa.Text())(sa.literal_column("'{}'"))
            own = sa.cast(text, sa.Numeric) if is_number(end) else sa.collate(text, "C")
            return sa.case((sa.func.jsonb_typeof(value) == kind, _COMPARED[type(condition)](own, bound)), else_=False)
        case Absent():
            return sa.type_coerce(value, sa.Text).is_(None)
        case _:
            return sa.type_coerce(value, sa.Text).is_not(None)


def _number(end: Any) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal(repr(end), sa.Text), sa.Numeric)
