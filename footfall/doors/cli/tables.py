"""Tables for people: rows under their headings, or one below the other where the terminal is too narrow for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.bar import Bar
from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ...engine.document import document
from .options import A_PAGE
from .output import complain, print_json, screen, visible, writing

_BAR_WIDTH = 40
_BESIDE_A_CELL = 3
"""Columns that a table takes for a line and two spaces."""


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
    with writing():
        printed = screen()
        for row in rows:
            printed.out(*(f"{name}: {_indented(value)}".rstrip() for name, value in row), "", sep="\n", highlight=False)
        if not rows:
            printed.out("none", highlight=False)


def _indented(value: str) -> str:
    return value.replace("\n", "\n  ")  # so that no line of a value is taken for another name


def _show(*shown: RenderableType) -> None:
    with writing():
        screen().print(*shown, sep="\n")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    plain = document(value)
    text = plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
    return visible(text)
