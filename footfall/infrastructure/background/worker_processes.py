"""Worker processes: how many a store can use, how many pay, and the error when one of them ends."""

from __future__ import annotations

from multiprocessing import current_process

from ...domain.errors import FootfallError, InvalidArgument
from ..database.connections import driver
from ..database.dialects.neighbour import is_on_this_machine
from ..log.event_log import EventLog
from .processors import usable_processors


class WorkerEnded(FootfallError):
    """A worker was killed or broke down; the message says what became of the work, and what to do."""


_OF_AN_IMPORT = 2
"""An import into SQLite has use for so many processes: one writes to the log's file, one to that of the views."""


def check_workers(workers: int, log: EventLog, *, importing: bool = False) -> None:
    """Raises `InvalidArgument` for a number of workers that a store cannot use, for an import or for another work."""
    if workers < 1:
        raise InvalidArgument(f"there must be at least one worker, not {workers}")
    if workers > 1 and getattr(current_process(), "_inheriting", False):  # as multiprocessing marks it
        raise InvalidArgument(
            "this is a worker process, which imports the main module of the program that started it, and must not ask "
            'for workers itself: keep what that module runs under `if __name__ == "__main__":`'
        )
    if log.database.dialect.one_writer:
        _check_beside_one_writer(workers, importing=importing)
        return
    if workers > log.partitions:
        raise InvalidArgument(
            f"{workers} workers are more than the {log.partitions} partitions that this store was created with, "
            "and each of them is one worker's at a time"
        )


def _check_beside_one_writer(workers: int, *, importing: bool) -> None:
    most = _OF_AN_IMPORT if importing else 1
    if workers > most:
        use = "one that takes in and one that folds, and a third" if importing else "so that the others"
        raise InvalidArgument(
            f"{workers} workers need PostgreSQL: a SQLite store has one partition and one writer at a time, {use} "
            f"would only wait; leave --workers out, or give {most}"
        )


def paying_workers(log: EventLog, *, importing: bool = False) -> int:
    """How many processes at once pay on a store, as long as there is much to do: one for each processor that this
    process may use; half as many again where the server has processors of its own, for which a worker waits a third of
    its time. Where there is one writer, one, and for an import another that folds."""
    processors = usable_processors()
    if log.database.dialect.one_writer:
        return min(processors, _OF_AN_IMPORT if importing else 1)
    with log.database.read() as connection:
        near = is_on_this_machine(driver(connection))
    return min(processors if near else processors + (processors + 1) // 2, log.partitions)
