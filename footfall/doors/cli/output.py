"""What commands print: tables for people, one JSON document for programs, messages to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
from rich.bar import Bar
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from ...domain.errors import FootfallError
from ...engine.document import document
from .options import A_PAGE
from .signals import interrupted
from .streams import give_up


class OutputFailed(FootfallError):
    """Standard output cannot be written; the message says why."""


def _reader_left() -> NoReturn:
    # The reader of our output went away, as `head` does: nothing is wrong.
    give_up(1)
    raise SystemExit(0)


@contextmanager
def _writing() -> Iterator[None]:
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
_BAR_WIDTH = 40
_BESIDE_A_CELL = 3
"""Columns that a table takes for a line and two spaces."""
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != ord("\n")}
"""Characters by which what somebody sent would steer the terminal, and how they are shown."""
_PRINTERS = {"click", "rich", "typer"}


def screen() -> Console:
    """Standard output; where it is no terminal, as wide as most rows need."""
    return _Screen(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)


def print_json(answer: Any) -> None:
    """Print the document of an answer, indented."""
    print_line(msgspec.json.format(as_line(answer), indent=2))


def as_line(answer: Any) -> bytes:
    """The document of an answer in one line."""
    return msgspec.json.encode(document(answer))


def print_line(line: bytes) -> None:
    """Print a line as it is."""
    with _writing():
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Print rows under their headings, or one below the other where they need more than the width there is; a value
    that is missing is left blank."""
    shown = [[_shown(value) for value in row] for row in rows]
    if _fits([columns, *shown]):
        _print_as_table(title, Table(*columns), shown)
    else:
        _print_as_lines(title, [list(zip(columns, row, strict=True)) for row in shown])


def print_rows(title: str, columns: Sequence[str], rows: Sequence[Any], json: bool) -> None:
    """Print some columns of rows as a table, or all of them as JSON."""
    if json:
        print_json(rows)
    else:
        print_table(title, columns, [[getattr(row, column) for column in columns] for row in rows])


def tell_of_more(rows: Sequence[Any]) -> None:
    """Tell on standard error how a list goes on that is cut after a page. Who has said another limit knows of it."""
    if len(rows) == A_PAGE:
        complain(
            f"there may be more than these {A_PAGE}: go on with --after {rows[-1].cursor}, or say a larger --limit"
        )


def print_bars(title: str, counts: Iterable[tuple[str, int]]) -> None:
    """Print counts with bars in proportion to the largest."""
    counts = list(counts)
    largest = max((count for _, count in counts), default=0)
    table = Table(show_header=False, box=None)
    table.add_column(justify="right")
    for label, count in counts:
        table.add_row(Text(str(count)), Text(label), Bar(max(largest, 1), 0, count, width=_BAR_WIDTH))
    _show(Text(title, style="bold"), table)


def print_facts(title: str, facts: Iterable[tuple[str, Any]]) -> None:
    """Print names and values, a line each."""
    shown = [(name, _shown(value)) for name, value in facts]
    if _fits(shown):
        _print_as_table(title, Table("fact", "value", show_header=False), shown)
    else:
        _print_as_lines(title, [shown])


def _fits(lines: Sequence[Sequence[str]]) -> bool:
    # Reckoned here: to measure a table of thousands of rows takes rich seconds.
    widths = (max(map(_width, column)) for column in zip(*lines, strict=True))
    return sum(width + _BESIDE_A_CELL for width in widths) + 1 <= screen().width


def _width(cell: str) -> int:
    return max(map(cell_len, cell.split("\n")))


def _print_as_table(title: str, table: Table, rows: Iterable[Iterable[str]]) -> None:
    for row in rows:
        table.add_row(*map(Text, row))
    _show(Text(title, style="bold"), table)


def _print_as_lines(title: str, rows: Sequence[Sequence[tuple[str, str]]]) -> None:
    _show(Text(title, style="bold"))
    with _writing():
        printed = screen()
        for row in rows:
            printed.out(*(f"{name}: {_indented(value)}".rstrip() for name, value in row), "", sep="\n", highlight=False)
        if not rows:
            printed.out("none", highlight=False)


def _indented(value: str) -> str:
    return value.replace("\n", "\n  ")  # so that no line of a value is taken for another name


def _show(*shown: RenderableType) -> None:
    with _writing():
        screen().print(*shown, sep="\n")


def say(message: str) -> None:
    """Print a line for a person, however long it is."""
    with _writing():
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


def _shown(value: Any) -> str:
    if value is None:
        return ""
    plain = document(value)
    text = plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
    return text.translate(_CONTROLS)
