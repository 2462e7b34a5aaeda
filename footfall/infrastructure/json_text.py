"""JSON as text with sorted keys: equal values are equal rows, and a number comes back as it went in, which
PostgreSQL's `jsonb` does not promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

loads: Callable[[str], Any] = msgspec.json.decode


def dumps(value: Any) -> str:
    """The text under which a value is stored."""
    return msgspec.json.encode(value, order="sorted").decode()


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
