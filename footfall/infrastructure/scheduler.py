"""The background jobs of a process: ending sessions that time out, and bringing the views up to date."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.job import Job as ScheduledJob
from apscheduler.schedulers.background import BackgroundScheduler

from ..application.long_work import Stopping
from ..domain.errors import FootfallError
from .job_records import JobRecords

_logger = logging.getLogger("footfall")
_quiet = logging.getLogger("footfall.apscheduler")
_quiet.setLevel(logging.ERROR)  # that a job still runs when its next turn comes is nothing to warn of

STOP_SECONDS = 10.0


class Job(NamedTuple):
    """Work that is done over and over. It is asked to leave off by `Stopping`, between steps of its own."""

    name: str
    work: Callable[[Stopping], object]
    records: JobRecords


class Scheduler:
    """Runs each job at an interval, one run of it at a time, in threads that die with the host."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._stopping = Event()
        self._turn = Lock()
        self._running: BackgroundScheduler | None = None
        self._threads = _DaemonThreads()

    def start(self, every_seconds: float) -> None:
        """Start the jobs, the first runs at once; nothing happens where they run already."""
        with self._turn:
            if self._running is not None:
                return
            self._stopping.clear()
            self._running = BackgroundScheduler(
                daemon=True,
                timezone=UTC,
                logger=_quiet,
                executors={"default": self._threads},
                job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            )
            for job in self._jobs:
                self._running.add_job(
                    self._run, "interval", [job], seconds=every_seconds, id=job.name, next_run_time=datetime.now(UTC)
                )
            self._running.start()

    def stop(self, within_seconds: float = STOP_SECONDS) -> bool:
        """Start no more runs and wait for those that are begun; tells whether all of them have ended."""
        with self._turn:
            if self._running is None:
                return True
            self._stopping.set()
            self._running.shutdown(wait=False)
            self._running = None
            return self._threads.join(within_seconds)

    def _run(self, job: Job) -> None:
        try:
            job.work(self._stopping.is_set)
            job.records.succeeded()
        except Exception as error:
            # The cause of an error of ours is in its text; any other needs its traceback.
            ours = isinstance(error, FootfallError)
            _logger.error("%s failed and is tried again: %s", job.name, error, exc_info=None if ours else error)
            _note(job, f"{type(error).__name__}: {error}")


def _note(job: Job, error: str) -> None:
    try:
        job.records.failed(error)
    except FootfallError as unwritten:  # the store itself may be what failed
        _logger.debug("the failure of %s could not be written down: %s", job.name, unwritten)


class _DaemonThreads(BaseExecutor):  # type: ignore[misc]  # the library has no types
    """A thread for each run. The library's own pool keeps a host from exiting until the job that runs has ended."""

    def __init__(self) -> None:
        super().__init__()
        self._threads: set[Thread] = set()

    def join(self, within_seconds: float) -> bool:
        """Wait for the runs that are begun; tells whether all of them have ended."""
        deadline = time.monotonic() + within_seconds
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _do_submit_job(self, job: ScheduledJob, run_times: list[datetime]) -> None:
        self._threads = {thread for thread in self._threads if thread.is_alive()}
        thread = Thread(target=self._work, args=(job, run_times), name=f"footfall {job.id}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work(self, job: ScheduledJob, run_times: list[datetime]) -> None:
        try:
            events: Any = run_job(job, job._jobstore_alias, run_times, self._logger.name)
        except BaseException:
            self._run_job_error(job.id, *sys.exc_info()[1:])
        else:
            self._run_job_success(job.id, events)
