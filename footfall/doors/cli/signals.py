"""SIGINT and SIGTERM: at whatever moment one comes, the program ends in an orderly way and says nothing.

Until a command begins there is nothing to take back, and the process ends at once. From then on a signal is a
`KeyboardInterrupt`, so that what is under way is rolled back and cleared up; another one meanwhile changes nothing.
"""

import os
import signal
import sys

# What takes long to import must not be imported here: this is what has to be there first.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

_STOPPING = (signal.SIGINT, signal.SIGTERM)
_STUCK_SECONDS = 2.0
"""Python hears of a signal between steps of its own. When it has not for so long, it is in a call that waits, say for a
lock of SQLite's or for a name server; it has nothing to clear up but what the end of the process does. That is then."""
_PATIENCE_SECONDS = 10.0
"""Whatever is being cleared up, the process has ended so long after the signal."""
_LOST_SECONDS = 0.01
_WATCH = "footfall signals"
"""The thread that ends a program which does not hear. It waits in a read, and holds nothing that others need."""

_heard: list[int] = []
"""The signal that interrupted the program, when one has."""


class _Interruption(KeyboardInterrupt):
    # Not the bare one: where that passes through code that was made from a string, as named tuples are, Python notes
    # it and kills itself with SIGINT in the end, whatever the exit status is.
    pass


def end_at_once() -> None:
    """From now on a signal ends the process on the spot."""
    _upon(lambda number, _: os._exit(_status(number)))


def interrupt() -> None:
    """From now on the first signal raises `KeyboardInterrupt`, and the process has ended a few seconds later."""
    import threading

    sys.unraisablehook, threading.excepthook = _unraisable, _in_thread
    signal.signal(signal.SIGALRM, _interrupt_again)
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    threading.Thread(target=_end_in_time, args=[told], name=_WATCH, daemon=True).start()
    _upon(_interrupt)


def may_fork() -> bool:
    """Whether this process may be forked: it is the program's own, and no thread is at work beside the main one. Only
    on Linux: elsewhere libraries of the system may not be used in a child."""
    import threading

    others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    return sys.platform == "linux" and others == [_WATCH]


def note() -> list[int]:
    """From now on signals are only noted, in the list that is returned, for whoever looks there and ends in time."""
    noted: list[int] = []
    _upon(lambda number, _: noted.append(number))
    signal.set_wakeup_fd(-1)
    return noted


def ignore() -> None:
    """From now on signals change nothing: the work is done, and the process is about to end."""
    for number in (*_STOPPING, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


def interrupted() -> bool:
    """Whether a signal has interrupted the program."""
    return bool(_heard)


def exit_status() -> int:
    """The exit status of a program that was interrupted."""
    return _status(_heard[0])


def _status(number: int) -> int:
    # A signal is the usual way to end these, which have done well until then, whether they had begun or not.
    return 0 if sys.argv[1:2] in (["run"], ["serve"]) else 128 + number


def _upon(handler: "Callable[[int, FrameType | None], object]") -> None:
    # Also where a shell that started the program in the background has let it ignore SIGINT.
    for number in _STOPPING:
        signal.signal(number, handler)


def _interrupt(number: int, _frame: "FrameType | None") -> None:
    if _heard:
        return
    _heard.append(number)
    import logging

    logging.disable()  # whatever fails from here on fails because of this
    raise _Interruption


def _interrupt_again(_number: int, _frame: "FrameType | None") -> None:
    raise _Interruption


def _unraisable(lost: "Any") -> None:
    # Python prints and drops what is raised in the middle of a finalizer. Shortly after, the program is out of it.
    if not _heard:
        sys.__unraisablehook__(lost)
    elif lost.exc_type is _Interruption:
        signal.setitimer(signal.ITIMER_REAL, _LOST_SECONDS)


def _in_thread(failed: "Any") -> None:
    import threading

    if not _heard:
        threading.__excepthook__(failed)


def _end_in_time(told: int) -> None:
    import time

    number = os.read(told, 1)[0]
    time.sleep(_STUCK_SECONDS)
    if _heard or signal.getsignal(number) is not _interrupt:
        time.sleep(_PATIENCE_SECONDS - _STUCK_SECONDS)
    os._exit(_status(number))
