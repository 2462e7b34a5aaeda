"""What APScheduler needs for jobs that run in a host: threads that die with it, and a clock that may be set."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.job import Job as ScheduledJob
from apscheduler.schedulers.background import BackgroundScheduler

from ...application.running.loggers import SCHEDULER


class SteadyScheduler(BackgroundScheduler):  # type: ignore[misc]  # the library has no types
    """Runs jobs at an interval also where the system's clock is set back, which would make them wait for that long."""

    def __init__(self, every_seconds: float, **options: Any) -> None:
        super().__init__(logger=SCHEDULER, **options)
        self._every = every_seconds

    def _process_jobs(self) -> float:
        now = datetime.now(UTC)
        for job in self.get_jobs():
            if job.next_run_time - now > timedelta(seconds=2 * self._every):
                job.modify(next_run_time=now)
        wait: float = super()._process_jobs() or self._every
        return min(wait, self._every)


class DaemonThreads(BaseExecutor):  # type: ignore[misc]  # the library has no types
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
            events: Any = run_job(job, job._jobstore_alias, run_times, SCHEDULER.name)
        except BaseException:
            self._run_job_error(job.id, *sys.exc_info()[1:])
        else:
            self._run_job_success(job.id, events)
