"""The `footfall` program run in this process, where hundreds of runs would take too long otherwise."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import pytest

from footfall.doors.cli import main


class Ended(NamedTuple):
    """How a run ended; `broken` tells of an exception that would have been a traceback on the user's screen."""

    status: int
    out: str
    err: str
    broken: str | None = None

    @property
    def document(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.out)


def footfall(*arguments: str) -> Ended:
    """Run the program with these arguments."""
    out, err = _file(), _file()
    status, broken = 0, None
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["footfall", *arguments])
        patch.setattr(sys, "stdin", _file())
        try:
            main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException as error:
            broken = f"{type(error).__name__}: {error}"
    return Ended(status, _text(out), _text(err), broken)


def _file() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")


def _text(file: io.TextIOWrapper) -> str:
    file.flush()
    written: bytes = file.buffer.getvalue()  # type: ignore[attr-defined]
    return written.decode()
