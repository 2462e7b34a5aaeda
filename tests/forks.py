"""Children of the process that runs the tests, forked as a host forks its workers: with all that is open."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any

STUCK_SECONDS = 240
"""A child that has not ended after so many seconds will not; it is killed by a signal."""


class ForkedChild:
    """A child that does `work` and ends; killed on leaving."""

    def __init__(self, work: Callable[[], Any]) -> None:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            # Newer Pythons warn of threads that a child will not have; here it is the point.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            _be_a_child(work, writing)
        os.close(writing)
        self._reading = reading
        self._ended = False

    def __enter__(self) -> ForkedChild:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._reading)

    def outcome(self) -> Any:
        """What the work returned, once it has ended; fails with what it raised, or where it is stuck."""
        said = b""
        while more := os.read(self._reading, 65536):
            said += more
        _, status = os.waitpid(self.pid, 0)
        self._ended = True
        assert said, f"the child said nothing and ended with status {os.waitstatus_to_exitcode(status)}"
        answer, broken = pickle.loads(said)  # noqa: S301  # from our own child
        assert broken is None, broken
        return answer


def _be_a_child(work: Callable[[], Any], writing: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(STUCK_SECONDS)
    answer, broken = None, None
    try:
        answer = work()
    except BaseException:
        broken = traceback.format_exc()
    with os.fdopen(writing, "wb") as told:
        told.write(pickle.dumps((answer, broken)))
    os._exit(0)
