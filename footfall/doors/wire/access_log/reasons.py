"""Why a line is none of an access log, and what to do about it."""

from __future__ import annotations

import re

from .dialects import COMBINED, HYPERCORN, LOG_RECORD, VHOST_COMBINED, Before, Dialect
from .fields import fields_of

_COMMON = re.compile(rb'[^\["]*\[[^\]"]+\] "[^"]*" (?:-|\d{3}) (?:-|\d+) *')
_MOST_WORDS = 30
"""What stands before an address has fewer."""


def why_unparsed(line: bytes, dialect: Dialect) -> str:
    """What keeps a line from being one of the format, and what to do about it."""
    if b"\0" in line:
        return "holds NUL bytes, as UTF-16 does: turn the file into UTF-8, with iconv -f UTF-16 -t UTF-8"
    if b"\r" in line:
        return "has carriage returns in it: where lines end with them alone, turn them round with tr '\\r' '\\n'"
    if line.startswith(b"{"):
        return "is JSON and no line of an access log: read it with --format jsonl, or take the lines out of it first"
    return _other_format(line, dialect) or _prefixed(line) or _cut_off(line)


def _other_format(line: bytes, dialect: Dialect) -> str | None:
    if re.match(LOG_RECORD, line) and fields_of(line, HYPERCORN):
        return "begins as a log record does: read it with --format hypercorn"
    if fields_of(line, VHOST_COMBINED):
        word = "begins with a virtual host: read it with --format vhost_combined"
        return f"{word}; if it is something else, cut it off, with cut -d' ' -f2-"
    if dialect.before is Before.VIRTUAL_HOST and fields_of(line, COMBINED):
        return "begins with no virtual host: read it with --format combined"
    return None


def _prefixed(line: bytes) -> str | None:
    at = 0
    for words in range(1, _MOST_WORDS):
        at = line.find(b" ", at) + 1
        if at == 0:
            return None
        found = fields_of(line[at:], COMBINED)
        if found and found.address.is_ip:
            shown = line[: at - 1].decode(errors="replace")
            return (
                f"{shown!r:.60} stands before the address and is no part of the format: cut it off, "
                f"with cut -d' ' -f{words + 1}-"
            )
    return None


def _cut_off(line: bytes) -> str:
    if _COMMON.fullmatch(line):
        return "ends behind the size: the server must write the combined log format, with referrer and user agent"
    return "not a line of the combined log format"
