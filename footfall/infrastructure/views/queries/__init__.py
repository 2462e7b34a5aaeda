"""What is asked of the views: a file a view, each registered under the question that it answers."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from sqlalchemy.engine import Connection

from ....projections.read_model import Query


@singledispatch
def answer(query: Query[Any], _connection: Connection) -> Any:
    """The answer to a question, as a transaction sees the views. Raises `TypeError` for a question of no file here."""
    raise TypeError(f"nobody answers {type(query).__name__}")


for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
