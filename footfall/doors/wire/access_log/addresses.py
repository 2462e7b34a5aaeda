"""The address that a line begins with, in one spelling for each client, and the virtual host that may be before it."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

_HOST = re.compile(r"(?!\d{4}-\d\d-\d\d)(?=.*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?")
_PORT = re.compile(r"(.+):(\d{1,5})")
_KEPT = 65_536


class Address(NamedTuple):
    """Who asked: `name` is the same however it was spelt; `is_ip` tells an IP address from a host name, a Unix socket
    and `-`, which stands for one that is not known."""

    name: bytes
    is_ip: bool


@lru_cache(_KEPT)
def address_of(field: bytes) -> Address | None:
    """The client in the field that a line begins with: an IP address (with a port, in quotes or brackets), a host name,
    a Unix socket, `-` or nothing, or what proxies made of it, a list that begins with the client. None where it is
    nothing of the kind."""
    try:
        words = [word.strip() for word in field.decode("ascii").strip('"').split(",")]
    except UnicodeDecodeError:
        return None
    found = [_one(word) for word in words]
    return next((one for one in found if one is not None and one.is_ip), None) or found[0]


@lru_cache(_KEPT)
def is_virtual_host(field: bytes) -> bool:
    """Whether a field names a virtual host, with its port or without: a host name or an IP address, `*`, or `_` and `-`
    where the request named none. A number, a time or the path of a container is none."""
    try:
        word = field.decode("ascii")
    except UnicodeDecodeError:
        return False
    ported = _PORT.fullmatch(word)
    name = ported[1] if ported else word
    return name in ("*", "_", "-") or _HOST.fullmatch(name) is not None or _ip(word) is not None


def _one(word: str) -> Address | None:
    if ip := _ip(word):
        return Address(ip.encode(), is_ip=True)
    if word in ("", "-"):
        return Address(b"-", is_ip=False)
    if word.startswith("unix:") or _HOST.fullmatch(word):
        return Address(word.encode(), is_ip=False)
    return None


def _ip(word: str) -> str | None:
    if known := _parsed(word.strip("[]")):
        return known
    # Only what is no address as it stands has a port behind it: 2001:db8::1:80 is one.
    ported = _PORT.fullmatch(word)
    return _parsed(ported[1].strip("[]")) if ported else None


def _parsed(word: str) -> str | None:
    if ":" in word.partition("%")[2]:
        return None  # a port behind a zone, of which ipaddress would make a zone of its own
    try:
        ip = ip_address(word)
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return str(mapped or ip)
