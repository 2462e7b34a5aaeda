"""The formats that lines are read from, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import NamedTuple
from uuid import UUID

from ...engine.arguments import Line
from .access_log.dialects import DIALECTS
from .access_log.guess import guess
from .access_log.reader import AccessLog
from .json_lines import EpochUnit, customer_in_json, read_json_lines
from .ordinals import Ordinals


class Format(StrEnum):
    """What a file's lines are written in. All but JSON lines are access logs; `AUTO` is what the lines look like."""

    JSONL = "jsonl"
    COMBINED = "combined"
    VHOST_COMBINED = "vhost_combined"
    NGINX = "nginx"
    APACHE = "apache"
    GUNICORN = "gunicorn"
    HYPERCORN = "hypercorn"
    SQUID = "squid"
    HAPROXY = "haproxy"
    AUTO = "auto"


class LineFormat(NamedTuple):
    """A format that is no longer `AUTO`, and what some need to know besides: see `AccessLog` and `read_json_lines`."""

    name: Format
    site: str = ""
    salt: str = ""
    former_ids: bool = False
    times: EpochUnit | None = None


class LineReader(NamedTuple):
    """How lines of a format are read. `read` gives a `Line` for each of some numbered ones; `customer_in` only tells
    whose a line is, None where nobody can."""

    read: Callable[[Iterable[tuple[int, bytes]]], Iterator[Line]]
    customer_in: Callable[[bytes], UUID | None]


class Guess(NamedTuple):
    """The format that some lines look like, and how many of them do."""

    name: Format
    alike: int


@contextmanager
def line_reader(form: LineFormat) -> Iterator[LineReader]:
    """The reader of a format. All lines of a customer go through the same one, in their order."""
    if form.name is Format.JSONL:
        yield LineReader(partial(read_json_lines, times=form.times), customer_in_json)
        return
    log = AccessLog(DIALECTS[form.name], form.site, form.salt, form.former_ids)
    with Ordinals() as ordinals:
        yield LineReader(partial(log.read, ordinals=ordinals), log.customer_in)


def guess_format(lines: Sequence[bytes]) -> Guess:
    """What a file that begins with these lines is written in."""
    name, alike = guess(lines)
    return Guess(Format(name), alike)
