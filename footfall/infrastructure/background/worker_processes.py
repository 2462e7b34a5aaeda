"""Worker processes: how many a store can use, how many pay, and the error when one of them ends."""

from __future__ import annotations

from ...domain.errors import FootfallError, InvalidArgument
from ..database.connections import driver
from ..database.dialects.neighbour import is_on_this_machine
from ..log.event_log import EventLog
from .processors import usable_processors


class WorkerEnded(FootfallError):
    """A worker was killed or broke down; the message says what became of the work, and what to do."""


def check_workers(workers: int, log: EventLog) -> None:
    """Raises `InvalidArgument` for a number of workers that a store cannot use."""
    if workers < 1:
        raise InvalidArgument(f"there must be at least one worker, not {workers}")
    if workers > 1 and log.database.dialect.one_writer:
        raise InvalidArgument(
            f"{workers} workers need PostgreSQL: a SQLite store has one partition and one writer at a time, so that "
            "the others would only wait"
        )
    if workers > log.partitions:
        raise InvalidArgument(
            f"{workers} workers are more than the {log.partitions} partitions that this store was created with, "
            "and each of them is one worker's at a time"
        )


def paying_workers(log: EventLog) -> int:
    """How many processes at once pay on a store, as long as there is much to do: one where there is one writer, else
    one for each processor that this process may use; half as many again where the server has processors of its own, for
    which a worker waits a third of its time."""
    if log.database.dialect.one_writer:
        return 1
    processors = usable_processors()
    with log.database.read() as connection:
        near = is_on_this_machine(driver(connection))
    return min(processors if near else processors + (processors + 1) // 2, log.partitions)
