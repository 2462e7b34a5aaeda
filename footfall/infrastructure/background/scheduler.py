"""The background jobs of a process: ending sessions that time out, and bringing the views up to date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from ...application.ports.errors import EngineClosed, StoreRefused, StoreUnavailable
from ...application.running.forks import at_fork, none_meanwhile
from ...application.running.interruptions import held_back
from ...application.running.loggers import JOBS
from ...application.running.progress import Stopping
from ...domain.errors import FootfallError
from .job_records import JobRecords

if TYPE_CHECKING:
    from .interval_jobs import DaemonThreads, SteadyScheduler

STOP_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 60.0
"""A job whose store refuses it is tried again after pauses that double up to this many seconds: somebody has to do
something first, and a server may lock out who knocks every second."""


class Job(NamedTuple):
    """Work that is done over and over. It is asked to leave off by `Stopping`, between steps of its own."""

    name: str
    work: Callable[[Stopping], object]
    records: JobRecords


class Scheduler:
    """Runs each job at an interval, one run of it at a time, in threads that die with the host."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._make_anew()
        at_fork(self._make_anew)  # the threads are the parent's

    def _make_anew(self) -> None:
        self._stopping = Event()
        self._lock = Lock()
        self._running: SteadyScheduler | None = None
        self._threads: DaemonThreads | None = None
        self._pauses = {job.name: _Pause() for job in self._jobs}
        self._silences = {job.name: _Pause() for job in self._jobs}

    def start(self, every_seconds: float) -> None:
        """Start the jobs, the first runs at once; nothing happens where they run already."""
        with self._lock:
            if self._running is not None:
                return
            # Not at the top: most programs begin no jobs, and the library takes a while to load. A child that is forked
            # meanwhile would wait for the import to end for ever.
            with none_meanwhile(), held_back():
                from .interval_jobs import DaemonThreads, SteadyScheduler

            self._stopping.clear()
            self._threads = self._threads or DaemonThreads()
            self._running = SteadyScheduler(
                every_seconds,
                daemon=True,
                timezone=UTC,
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
        with self._lock:
            if self._running is not None:
                self._stopping.set()
                self._running.shutdown(wait=False)
                self._running = None
            return self._threads is None or self._threads.join(within_seconds)

    def _run(self, job: Job) -> None:
        pause, silence = self._pauses[job.name], self._silences[job.name]
        if pause.lasts():
            return
        try:
            job.work(self._stopping.is_set)
            job.records.succeeded()
            pause.end()
            silence.end()
        except EngineClosed:
            pass  # it was begun before, and did not leave off in time
        except StoreRefused as error:
            JOBS.error("%s is refused and tried again in %g s: %s", job.name, pause.begin(), error)
            _note(job, error)
        except StoreUnavailable as error:
            # It may be back any moment, but need not be told of each time it was not.
            if not silence.lasts():
                JOBS.error("%s failed and is tried again, told next in %g s: %s", job.name, silence.begin(), error)
            _note(job, error)
        except Exception as error:
            # The cause of an error of ours is in its text; any other needs its traceback.
            ours = isinstance(error, FootfallError)
            JOBS.error("%s failed and is tried again: %s", job.name, error, exc_info=None if ours else error)
            _note(job, error)


class _Pause:
    """How long a job that is refused is left alone, or not told of where its store is out of reach."""

    def __init__(self) -> None:
        self.end()

    def end(self) -> None:
        self._seconds, self._until = 1.0, 0.0

    def begin(self) -> float:
        self._seconds = min(2 * self._seconds, LONGEST_PAUSE_SECONDS)
        self._until = monotonic() + self._seconds
        return self._seconds

    def lasts(self) -> bool:
        return monotonic() < self._until


def _note(job: Job, error: Exception) -> None:
    try:
        job.records.failed(f"{type(error).__name__}: {error}")
    except FootfallError as unwritten:  # the store itself may be what failed
        JOBS.debug("the failure of %s could not be written down: %s", job.name, unwritten)
