"""The formats that lines are read from, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import NamedTuple
from uuid import UUID

from ...engine.arguments import Line
from .combined_log import customer_in_combined, read_combined_log
from .json_lines import customer_in_json, read_json_lines
from .ordinals import Ordinals


class Format(StrEnum):
    """What a file's lines are written in."""

    JSONL = "jsonl"
    COMBINED = "combined"


class LineFormat(NamedTuple):
    """A format, and what the combined one needs to know besides: see `read_combined_log`."""

    name: Format
    site: str = ""
    salt: str = ""


class LineReader(NamedTuple):
    """How lines of a format are read. `read` gives a `Line` for each of some numbered ones; `customer_in` only tells
    whose a line is, None where nobody can."""

    read: Callable[[Iterable[tuple[int, bytes]]], Iterator[Line]]
    customer_in: Callable[[bytes], UUID | None]


@contextmanager
def line_reader(form: LineFormat) -> Iterator[LineReader]:
    """The reader of a format. All lines of a customer go through the same one, in their order."""
    if form.name is Format.JSONL:
        yield LineReader(read_json_lines, customer_in_json)
        return
    with Ordinals() as ordinals:
        yield LineReader(
            partial(read_combined_log, ordinals=ordinals, site=form.site, salt=form.salt),
            partial(customer_in_combined, salt=form.salt),
        )
