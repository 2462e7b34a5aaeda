"""A connection to PostgreSQL that gives up a server which says nothing any more."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Generator, Iterable
from selectors import EVENT_READ, DefaultSelector
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

SILENCE_SECONDS = 5.0
"""Take a server for dead that has said nothing for this long after a statement's time was up."""


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


def ready_for_use(statement_seconds: float) -> Callable[[DeadlineConnection, Any, Any], None]:
    """What a pool does with a connection before it gives it to a thread: set its patience, and raise
    `DisconnectionError` where the server has ended it, so that the pool takes another. This costs no journey."""
    patience = statement_seconds + SILENCE_SECONDS if statement_seconds else None

    def check(connection: DeadlineConnection, _record: Any, _proxy: Any) -> None:
        connection.patience = patience
        # A server says something to a connection that nobody uses only when it ends it.
        with DefaultSelector() as incoming:
            incoming.register(connection, EVENT_READ)
            if incoming.select(timeout=0):
                raise DisconnectionError

    return check


def given_back(connection: DeadlineConnection, record: ConnectionPoolEntry | None, _state: Any) -> None:
    """What a pool does with a connection that a thread gives back: end what it left open. Where the server has ended
    the connection there is nothing to end, which SQLAlchemy, left to itself, logs as an error with a traceback."""
    try:
        if not connection.closed:
            connection.rollback()
    except psycopg.OperationalError:
        connection.close()
    if connection.closed and record is not None:
        record.invalidate()
