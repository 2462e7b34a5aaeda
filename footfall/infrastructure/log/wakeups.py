"""How a follower of the log is woken. PostgreSQL notifies; on SQLite the log is looked at often."""

from __future__ import annotations

from functools import partial
from threading import Event, Lock
from typing import Any

import psycopg

from ...application.ports.errors import EngineClosed
from ...application.ports.following import Wakeup
from ...application.running.forks import at_fork, made_anew
from ..database.database import Database
from ..database.dialects.deadline_connection import lead_nowhere
from .dialects.postgres_channel import CHANNEL

SQLITE_SECONDS = 0.25


def wakeup(database: Database) -> Wakeup:
    """A wake-up for one follower."""
    made: Wakeup = database.dialect.pick(sqlite=Interval, postgres=partial(Notification, database))()
    return made


class Interval:
    """Comes at an interval; a look at a SQLite file that has nothing new costs some microseconds."""

    def __init__(self) -> None:
        self._closed = Event()
        at_fork(self._in_child)

    def _in_child(self) -> None:
        self._closed = made_anew(self._closed)

    def wait(self, seconds: float) -> None:
        """Return after at most `seconds`."""
        self._closed.wait(min(seconds, SQLITE_SECONDS))

    def close(self) -> None:
        """Return at once from now on."""
        self._closed.set()


class Notification:
    """Listens on a connection of its own. While it has none, or can have none, it returns when the time is over."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._closed = Event()
        self._lock = Lock()
        self._connection: psycopg.Connection[Any] | None = None
        at_fork(self._in_child)

    def _in_child(self) -> None:
        self._closed, self._lock = made_anew(self._closed), Lock()
        if self._connection is not None:
            lead_nowhere([self._connection])
            self._connection = None

    def wait(self, seconds: float) -> None:
        """Return when something was committed, or after `seconds`."""
        with self._lock:
            try:
                self._listen(seconds)
            except (psycopg.Error, EngineClosed):
                self._hang_up()
                self._closed.wait(seconds)
            if self._closed.is_set():
                self._hang_up()

    def close(self) -> None:
        """Hang up; where another thread waits, that one does it when its time is over."""
        self._closed.set()
        if self._lock.acquire(blocking=False):
            self._hang_up()
            self._lock.release()

    def _listen(self, seconds: float) -> None:
        if self._closed.is_set():
            return
        if self._connection is None:
            self._connection = self._database.listener.connect(CHANNEL)
            if self._connection is None:
                self._closed.wait(seconds)
            return  # at once where it listens now, for of what was committed before it is not told
        for _ in self._connection.notifies(timeout=seconds, stop_after=1):
            pass

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
