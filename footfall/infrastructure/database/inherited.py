"""Connections that a child inherits, which are its parent's: what becomes of them there."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any, NoReturn

from ...application.ports.errors import ForkedInTransaction

_REFUSED = ("execute", "executemany", "cursor", "commit", "wait")


def disinherit(connections: Iterable[Any]) -> None:
    """Let nobody use a driver's connection any more. It looks as if it were closed, and is not: closing it would tell
    the database something in the parent's name."""
    for connection in connections:
        for name in _REFUSED:
            setattr(connection, name, _refuse)
        connection.close = connection.rollback = _nothing


def keep_for_ever(connection: Any) -> None:
    """Let an object outlive the interpreter, which closes at its end what is left over."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise ForkedInTransaction(
        "the process was forked within this transaction, which only the parent can end: begin a new one in the child"
    )


def _nothing() -> None:
    pass
