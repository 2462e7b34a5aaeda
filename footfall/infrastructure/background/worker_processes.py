"""Worker processes: how many a store can use, and the error when one of them ends."""

from __future__ import annotations

from ...domain.errors import FootfallError, InvalidArgument
from ..log.event_log import EventLog


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
