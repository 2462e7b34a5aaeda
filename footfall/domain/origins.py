"""Origins: the scheme, host and port of a page, as its browser names them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from .errors import InvalidArgument, shown

MOST_ORIGINS = 100
OPAQUE = "null"
"""What a browser says of a page that has no origin, in a file or a sandbox, and so of anybody's."""

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,9}))?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def read_origins(origins: Iterable[str]) -> tuple[str, ...]:
    """Origins as browsers write them, each once: in lower case, without the port that is usual, addresses in their
    short form. Raises `InvalidArgument`, also for what no browser ever names, since nobody would be let in by it."""
    read = tuple(dict.fromkeys(map(_read, [origins] if isinstance(origins, str) else origins)))
    if len(read) > MOST_ORIGINS:
        raise InvalidArgument(f"a key has at most {MOST_ORIGINS} origins, not {len(read)}")
    return read


def _read(given: str) -> str:
    if given == OPAQUE:
        return given
    text = given.lower().removesuffix("/") if isinstance(given, str) else ""
    written = _ORIGIN.fullmatch(text)
    port = int(written[3]) if written is not None and written[3] else None
    if written is None or (port or 0) > 0xFFFF:
        example = "https://shop.example or http://localhost:8000; a host of other letters is written as xn--…"
        raise InvalidArgument(f"an origin is a scheme, a host and perhaps a port, as in {example}: not {shown(given)}")
    scheme, host = written[1], _host(written[2], given)
    return f"{scheme}://{host}" if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{scheme}://{host}:{port}"


def _host(written: str, given: str) -> str:
    # A host that ends in a number is an address for browsers.
    last = written.removesuffix(".").rpartition(".")[2]
    try:
        if written.startswith("["):
            return f"[{_short(IPv6Address(written[1:-1]))}]"
        if _NUMBER.fullmatch(last):
            return str(IPv4Address(written))
    except ValueError:
        raise InvalidArgument(
            f"browsers write the address in this origin in another way, such as 127.0.0.1 or [::1]: {shown(given)}"
        ) from None
    if not all(written.removesuffix(".").split(".")):
        raise InvalidArgument(f"there is an empty name between dots in the host of this origin: {shown(given)}")
    return written


def _short(address: IPv6Address) -> str:
    mapped = address.ipv4_mapped
    if mapped is None:
        return str(address)
    number = int(mapped)
    return f"::ffff:{number >> 16:x}:{number & 0xFFFF:x}"  # newer versions of Python write it with dots
