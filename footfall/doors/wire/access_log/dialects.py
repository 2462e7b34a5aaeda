"""What the formats have in common, and what each does its own way."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .escapes import Undo, undo_any, undo_hashes, undo_hex, undo_nothing, undo_quotes

LOG_RECORD = rb"\[\d{4}-\d\d-\d\d [^\]]*\] \[\d+\] \[[A-Z]+\] "
"""The time, process and level that a log record begins with."""


class Before(Enum):
    """What stands before the address."""

    NOTHING = ""
    VIRTUAL_HOST = "a virtual host, with its port or without"
    LOG_RECORD = "[2026-03-05 12:00:00 +0000] [7] [INFO], or nothing"


class Dialect(NamedTuple):
    """How a server writes a line: what is `before` the address, how to `undo` what it escaped, and whether quotes
    within a field are `escaped` at all."""

    undo: Undo
    before: Before = Before.NOTHING
    escaped: bool = True


COMBINED = Dialect(undo_any)
VHOST_COMBINED = Dialect(undo_any, Before.VIRTUAL_HOST)
HYPERCORN = Dialect(undo_nothing, Before.LOG_RECORD, escaped=False)
SQUID = Dialect(undo_nothing, escaped=False)

DIALECTS = {
    "combined": COMBINED,
    "vhost_combined": VHOST_COMBINED,
    "nginx": Dialect(undo_hex),
    "apache": Dialect(undo_any),
    "gunicorn": Dialect(undo_quotes),
    "hypercorn": HYPERCORN,
    "squid": SQUID,
    "haproxy": Dialect(undo_hashes),
}
