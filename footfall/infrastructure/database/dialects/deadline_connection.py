"""A connection to PostgreSQL that gives up a server which says nothing any more."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import psycopg


class DeadlineConnection(psycopg.Connection[Any]):
    """Gives the server up after `patience` seconds (None: never) in which a statement was not answered.

    The server's own time-outs end what it works at. They cannot help where it has stopped working, or where what lies
    between loses its answers and keeps the line open.
    """

    patience: float | None = None

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Carry out a journey to the server. Raises `psycopg.OperationalError`, and is closed, when it is given up."""
        bounded = gen if self.patience is None else self._bounded(gen, time.monotonic() + self.patience)
        return super().wait(bounded, *arguments, **options)

    def _bounded(self, journey: Generator[Any, Any, Any], end: float) -> Generator[Any, Any, Any]:
        try:
            awaited = next(journey)
            while True:
                # The driver looks in every so often, with nothing, while it waits.
                happened = yield awaited
                if not happened and time.monotonic() > end:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server does not answer")
                awaited = journey.send(happened)
        except StopIteration as arrived:
            return arrived.value
