"""What the store asks of a database in its dialect. One object, chosen by the URL when a database is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from ..naming import Naming

DIALECT = "footfall_dialect"
"""The execution option under which a connection carries its dialect."""


class Connections(Protocol):
    """The connections of a `Database`."""

    def one(self) -> AbstractContextManager[Connection]:
        """One of them for as long as the block takes."""


class Dialect(Protocol):
    """Everything that differs, as far as connections and transactions go. Nothing is left in the database session when
    a transaction ends: the next one may have another session, as behind a pooler."""

    @property
    def naming(self) -> Naming:
        """The names of the tables."""

    @property
    def one_writer(self) -> bool:
        """Whether there is one writer at a time: then the log has one partition, other processes could only wait, and
        a reader catches up with the log by itself."""

    @property
    def begin_write(self) -> Sequence[str]:
        """The statements that begin a transaction which may write."""

    @property
    def begin_read(self) -> Sequence[str]:
        """The same for a transaction that only reads."""

    def pick(self, *, sqlite: Any, postgres: Any) -> Any:
        """The one of two things that goes with this dialect."""

    def opener(self, url: URL) -> sa.Engine:
        """What opens connections, in which the driver begins no transaction by itself; it keeps none."""

    @property
    def is_ready(self) -> Callable[[Any], bool] | None:
        """Makes a connection ready for its next use, without a journey, and tells whether it has not ended meanwhile;
        None where nothing is to be done and nobody ends it."""

    @property
    def is_under_way(self) -> Callable[[Any], bool]:
        """Whether a transaction is under way on a connection."""

    def way(self) -> str:
        """How the connections reach the database."""

    def check_there(self) -> None:
        """Raises `StoreUnavailable` where it shows without a connection that the store is gone."""

    def identity(self) -> object:
        """What tells the file from another one of the same name; None where there is no file."""

    def glance(self, driver: Any, query: str) -> Any:
        """The one value that a query gives, if any, in a transaction of its own that waits for nobody for long."""

    def see_one_moment(self, connection: Connection, tables: Sequence[str]) -> None:
        """Let all statements of a transaction that begins see the same moment of some tables."""

    def end_read(self, driver: Any) -> None:
        """End a transaction that has only read."""

    def wait_for_locks(self, connection: Connection) -> None:
        """Let the transaction wait for locks as long as a statement may take."""

    def give_way(self, connection: Connection) -> None:
        """Let the transaction wait for locks for a moment only."""

    def take_time(self, connection: Connection) -> None:
        """Let the statements of the transaction take as long as they need."""

    def create_schema(self, connection: Connection) -> None:
        """Create the schema, where it is not there and the database has any."""

    def make_ready(self, connections: Connections) -> None:
        """Set what stays with a database for good, once it holds a store."""

    def lock_schema(self, connection: Connection) -> None:
        """Let no other process change tables before the transaction ends."""

    def alone(self, connections: Connections, work: str) -> AbstractContextManager[None]:
        """Let one process at a time do a work of this name, which takes longer than a transaction may."""

    @property
    def quiet_before_fork(self) -> bool:
        """Whether a child must not inherit any connection, so that before a fork transactions are waited for."""

    def disinherit(self, *, quiet: bool) -> None:
        """In a child, let go of every connection of the parent without the parent's noticing; `quiet`: there are
        none."""


def dialect_of(connection: Connection) -> Dialect:
    """The dialect of a connection of a `Database`."""
    found: Dialect = connection.get_execution_options()[DIALECT]
    return found
