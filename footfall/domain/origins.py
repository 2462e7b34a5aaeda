"""Origins: the scheme, host and port of a page, as its browser names them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import InvalidArgument, shown

MOST_ORIGINS = 100
OPAQUE = "null"
"""What a browser says of a page that has no origin, in a file or a sandbox, and so of anybody's."""

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def read_origins(origins: Iterable[str]) -> tuple[str, ...]:
    """Origins as browsers write them, each once: in lower case, without the port that is usual. Raises
    `InvalidArgument`."""
    read = tuple(dict.fromkeys(map(_read, [origins] if isinstance(origins, str) else origins)))
    if len(read) > MOST_ORIGINS:
        raise InvalidArgument(f"a key has at most {MOST_ORIGINS} origins, not {len(read)}")
    return read


def _read(given: str) -> str:
    if given == OPAQUE:
        return given
    text = given.lower().removesuffix("/") if isinstance(given, str) else ""
    written = _ORIGIN.fullmatch(text)
    if written is None or (written[2] is not None and int(written[2]) > 0xFFFF):
        example = "https://shop.example or http://localhost:8000; a host of other letters is written as xn--…"
        raise InvalidArgument(f"an origin is a scheme, a host and perhaps a port, as in {example}: not {shown(given)}")
    usual = written[2] is not None and int(written[2]) == _DEFAULT_PORTS.get(written[1])
    return text.removesuffix(f":{written[2]}") if usual else text
