"""What format some lines are in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .dialects import COMBINED, HYPERCORN, LOG_RECORD, SQUID, VHOST_COMBINED
from .fields import fields_of

_SQUID = re.compile(rb'" [A-Z_]+:[A-Z_]+ *\Z')
_HAPROXY = re.compile(rb'" -?\d+ -?\d+ "" "" \d+ \d+ "[^"]*" "[^"]*" "[^"]*" -?\d+ ')
_ONLY_NGINX, _ONLY_APACHE = re.compile(rb"\\x(?:22|5C)"), re.compile(rb'\\[\\"]')


def guess(lines: Sequence[bytes]) -> tuple[str, int]:
    """The format that most lines are in, and how many are. What nothing speaks for is `combined`."""
    kinds = Counter(kind for kind in map(_kind, lines) if kind)
    if not kinds:
        return "combined", 0
    ((kind, number),) = kinds.most_common(1)
    return (_by_escapes(lines) if kind == "combined" else kind), number


def _kind(line: bytes) -> str | None:
    if line.lstrip().startswith(b"{"):
        return "jsonl"
    if re.match(LOG_RECORD, line) and fields_of(line, HYPERCORN):
        return "hypercorn"
    if _HAPROXY.search(line):
        return "haproxy"
    if _SQUID.search(line) and fields_of(line, SQUID):
        return "squid"
    if fields_of(line, COMBINED):
        return "combined"
    return "vhost_combined" if fields_of(line, VHOST_COMBINED) else None


def _by_escapes(lines: Sequence[bytes]) -> str:
    # nginx writes a quote as \x22, Apache as \"; where lines have neither, or both, the rules for all are right.
    nginx, apache = (any(map(seen.search, lines)) for seen in (_ONLY_NGINX, _ONLY_APACHE))
    return "nginx" if nginx and not apache else "apache" if apache and not nginx else "combined"
