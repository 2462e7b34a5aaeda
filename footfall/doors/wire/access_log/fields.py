"""A line taken apart: `address ident user [time] "request" status size "referrer" "agent"`, and what comes behind.

aiohttp writes neither ident nor user, and the address alone before the time."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from .addresses import Address, address_of, is_virtual_host
from .dialects import LOG_RECORD, Before, Dialect

_ADDRESS = rb'("[^"]*"|[^ ,"]*(?:, *[^ ,"]+)*)'
_QUOTED = rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
_TIME = rb"\[([^\[\]\"]{1,40})\]"
_STATUS = rb"(-|-?\d+)"
_BEHIND = rb'(?:[ \t][^"]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^"]*)*)?'

# The time is in the last brackets before the request: a user may have some in the name.
_ESCAPED = rb'%s(?: (\S+) (""|[^"\\]*(?:\\.[^"\\]*)*))? %s %s %s (\S+) %s %s%s' % (
    _ADDRESS,
    _TIME,
    _QUOTED,
    _STATUS,
    _QUOTED,
    _QUOTED,
    _BEHIND,
)
# Where quotes may be anywhere, a field ends where the next one begins, and the agent with the line, or before the two
# words that Squid adds. Each end is looked for once (?>), so that no line takes long.
_UNESCAPED = rb'%s (\S+) (?>(.*?) \[%s\] ")(?>(.*?)" %s (\S+) ")(?>(.*?)" ")(.*)"(?: [A-Z_]+:[A-Z_]+)? *' % (
    _ADDRESS,
    rb'(\d\d/[^\]" ]{1,30}(?: [+-]\d{4})?)',
    _STATUS,
)
_BEFORE = {
    Before.NOTHING: rb"()",
    Before.VIRTUAL_HOST: rb"(\S+) ",
    Before.LOG_RECORD: rb"()(?:%s)?" % LOG_RECORD,
}
_SHAPES = {
    (before, escaped): re.compile(prefix + (_ESCAPED if escaped else _UNESCAPED), re.DOTALL)
    for before, prefix in _BEFORE.items()
    for escaped in (True, False)
}
_AGENT = 10
_CLOSED_BEFORE = re.compile(rb'[^"]*[^" ]"[ \t]')
"""The first quote in it closes something: then it is the end of the agent, and more stands behind it."""


class Fields(NamedTuple):
    """What a line says, as it is written there. The virtual `host` is empty where the format has none."""

    host: bytes
    address: Address
    time: bytes
    request: bytes
    status: bytes
    referrer: bytes
    agent: bytes


def fields_of(line: bytes, dialect: Dialect) -> Fields | None:
    """The fields of a line, None where it is not of the format or something stands before the address."""
    found = _SHAPES[dialect.before, dialect.escaped].fullmatch(line)
    if found is None and dialect.escaped:
        # A server that does not escape backslashes: an agent or a referrer that ends with one.
        found = _SHAPES[dialect.before, False].fullmatch(line)
        if found is not None and _CLOSED_BEFORE.match(found[_AGENT]):
            return None  # it would hold the fields behind it
    if found is None or b"\r" in line:
        return None
    host, field, ident, user, time, request, status, _, referrer, agent = found.groups()
    address = address_of(field)
    if address is None or not _begins_here(address, ident, user):
        return None
    if host and not is_virtual_host(host):
        return None
    if host and not address.is_ip and (_is_ip(host) or ident != b"-"):
        return None  # the host is the address: a line without a virtual host
    return Fields(host, address, time, request, status, referrer, agent)


def _begins_here(address: Address, ident: bytes | None, user: bytes | None) -> bool:
    if ident is None or user is None:
        return address.is_ip  # a name alone may be anything
    # Whatever stands before the address, say a container's name, moves the fields: the address becomes a part of the
    # user. Users have spaces in their names, but nobody's is an address, or a name and a hyphen.
    if b" " not in user and address.is_ip:
        return True
    words = [ident, *user.split(b" ")]
    if address.is_ip:
        hidden = any(_is_ip(word) and after == b"-" for word, after in pairwise(words[:-1]))
        return not hidden and words[-1] != b"-"
    if len(words) > 2 and (ident != b"-" or b"-" in words[1:]):
        return False
    return not any(map(_is_ip, words))


def _is_ip(word: bytes) -> bool:
    address = address_of(word)
    return address is not None and address.is_ip
