"""A connection to PostgreSQL that gives up a server which says nothing any more."""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from collections.abc import Generator, Iterable
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

SILENCE_SECONDS = 5.0
"""Take a server for dead that has said nothing for this long after a statement's time was up."""


class DeadlineConnection(psycopg.Connection[Any]):
    """Gives the server up after `patience` seconds (None: never) in which a statement was not answered.

    The server's own time-outs end what it works at. They cannot help where it has stopped working, or where what lies
    between loses its answers and keeps the line open.
    """

    patience: float | None = None
    planned_at = 0.0
    """When its statements began to be planned, by the monotonic clock."""
    remembered: set[bytes]
    """The names of statements that the server was given to remember, by `in_one_journey`."""

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Carry out a journey to the server. Raises `psycopg.OperationalError`, and is closed, when it is given up."""
        bounded = gen if self.patience is None else self._bounded(gen, time.monotonic() + self.patience)
        return super().wait(bounded, *arguments, **options)

    def _bounded(self, journey: Generator[Any, Any, Any], end: float) -> Generator[Any, Any, Any]:
        try:
            awaited = next(journey)
            while True:
                # The driver looks in now and then, with nothing, while it waits.
                happened = yield awaited
                if not happened and time.monotonic() > end:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server does not answer")
                awaited = journey.send(happened)
        except StopIteration as arrived:
            return arrived.value


def lead_nowhere(connections: Iterable[psycopg.Connection[Any]]) -> None:
    """Put a line that is dead in the place of each connection's own, which is left as it is to the process that it was
    inherited from. With it open here, the server would not even notice that process's end."""
    nowhere, other_end = socket.socketpair()
    other_end.close()
    with nowhere:
        for connection in connections:
            if not connection.closed:
                os.dup2(nowhere.fileno(), connection.fileno(), inheritable=False)
                if connection.pgconn.transaction_status == TransactionStatus.IDLE:
                    connection.close()


def was_ended(connection: DeadlineConnection) -> bool:
    """Whether a connection that nobody used has ended: the server says something to it only then. This costs no
    journey."""
    if connection.closed:
        return True
    if sys.platform == "win32":  # which has no other way
        return bool(select.select([connection], [], [], 0)[0])
    incoming = select.poll()
    incoming.register(connection, select.POLLIN)
    return bool(incoming.poll(0))
