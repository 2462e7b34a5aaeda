"""What commands print: lines for people, JSON for programs, messages to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
from rich.console import Console
from rich.text import Text

from ...domain.errors import FootfallError
from ...engine.document import document
from .signals import interrupted
from .streams import give_up


class OutputFailed(FootfallError):
    """Standard output cannot be written; the message says why."""


def _reader_left() -> NoReturn:
    # The reader of our output went away, as `head` does: nothing is wrong.
    give_up(1)
    raise SystemExit(0)


@contextmanager
def writing() -> Iterator[None]:
    """Write to standard output. Raises `OutputFailed`."""
    try:
        yield
    except BrokenPipeError:
        _reader_left()
    except OSError as error:
        raise OutputFailed(f"standard output cannot be written: {error.strerror}") from error


class _Screen(Console):
    def on_broken_pipe(self) -> None:
        """End quietly."""
        _reader_left()


errors = Console(stderr=True, highlight=False, soft_wrap=True)
_WIDTH_WITHOUT_TERMINAL = 160
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != ord("\n")}
_PRINTERS = {"click", "rich", "typer"}


def screen() -> Console:
    """Standard output; where it is no terminal, as wide as most rows need."""
    return _Screen(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)


def visible(text: str) -> str:
    """A text with those characters as escapes by which what somebody sent would steer the terminal."""
    return text.translate(_CONTROLS)


def print_json(answer: Any) -> None:
    """Print the document of an answer, indented."""
    print_line(msgspec.json.format(as_line(answer), indent=2))


def as_line(answer: Any) -> bytes:
    """The document of an answer in one line."""
    return msgspec.json.encode(document(answer))


def print_line(line: bytes) -> None:
    """Print a line as it is."""
    with writing():
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()


def say(message: str) -> None:
    """Print a line for a person, however long it is."""
    with writing():
        screen().print(Text(message), soft_wrap=True)


def complain(message: str) -> None:
    """Print a line to standard error. Where that cannot be written there is nobody to tell, and the work goes on."""
    try:
        errors.print(Text(message))
    except OSError:
        give_up(2)


@contextmanager
def errors_told() -> Iterator[None]:
    """An error of Footfall's own is one line on standard error and exit status 2."""
    try:
        yield
    except OutputFailed as error:
        give_up(1)
        _end(error)
    except FootfallError as error:
        _end(error)
    except OSError as error:  # of the library that prints the help and what is wrong about the use
        if not _of_output(error):
            raise
        give_up(1)
        _end(OutputFailed(f"what is to be printed cannot be written: {error.strerror}"))


def _of_output(error: OSError) -> bool:
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return where is not None and where.tb_frame.f_globals["__name__"].split(".")[0] in _PRINTERS


def _end(error: FootfallError) -> NoReturn:
    if not interrupted():  # which led to the error
        complain(f"error: {error}")
    sys.exit(2)
