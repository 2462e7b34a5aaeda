"""The pool of connections: those that nobody uses, the one used last first."""

from __future__ import annotations

from collections import deque
from typing import Any

from sqlalchemy.pool import ConnectionPoolEntry, Pool


class IdlePool(Pool):
    """Opens a connection where none is idle; the `ConnectionQueue` bounds how many there are.

    SQLAlchemy's own pool has a lock, which a thread may hold while another one forks: in the child it would be held
    for ever. Here is none.
    """

    def __init__(self, creator: Any, **options: Any) -> None:
        super().__init__(creator, **options)
        self._idle: deque[ConnectionPoolEntry] = deque()
        self._disposed = False

    def recreate(self) -> IdlePool:
        """An empty pool of the same kind."""
        return IdlePool(self._creator, _dispatch=self.dispatch, dialect=self._dialect)

    def dispose(self) -> None:
        """Close what is idle, and from now on what comes back."""
        self._disposed = True
        while self._idle:
            self._idle.pop().close()

    def status(self) -> str:
        """How many connections are idle."""
        return f"{len(self._idle)} idle connections"

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            return self._idle.pop()
        except IndexError:
            return self._create_connection()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if self._disposed:
            record.close()
        else:
            self._idle.append(record)
