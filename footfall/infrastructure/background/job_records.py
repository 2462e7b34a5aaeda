"""How background jobs fare, written where any process finds it."""

from __future__ import annotations

import sqlalchemy as sa

from ...application.ports.vocabulary import Clock
from ...application.running.throttle import Throttle
from ..database.database import Database

RECORD_SECONDS = 10.0
"""Write a success at most once in this time: an idle store is not kept busy by the news that all is well."""

_SUCCEEDED = sa.text(
    "INSERT INTO footfall.jobs (job, succeeded_at) VALUES (:job, :at) "
    "ON CONFLICT (job) DO UPDATE SET succeeded_at = excluded.succeeded_at"
)
_FAILED = sa.text(
    "INSERT INTO footfall.jobs (job, failed_at, error) VALUES (:job, :at, :error) "
    "ON CONFLICT (job) DO UPDATE SET failed_at = excluded.failed_at, error = excluded.error"
)


class JobRecords:
    """The record of one job."""

    def __init__(self, database: Database, job: str, clock: Clock) -> None:
        self._database, self._job, self._clock = database, job, clock
        self._throttle = Throttle(RECORD_SECONDS)

    def succeeded(self) -> None:
        """The job did what there was to do."""
        if self._throttle.ready():
            with self._database.write() as connection:
                connection.execute(_SUCCEEDED, {"job": self._job, "at": self._clock()})

    def failed(self, error: str) -> None:
        """The job failed; its next success is written at once."""
        self._throttle = Throttle(RECORD_SECONDS)
        with self._database.write() as connection:
            connection.execute(_FAILED, {"job": self._job, "at": self._clock(), "error": error})
