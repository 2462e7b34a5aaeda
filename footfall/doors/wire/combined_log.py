"""The combined log format of Apache and nginx: a page visit is a `GET` that was answered with a page.

The format: https://httpd.apache.org/docs/current/logs.html#combined
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from ...domain.actions import PAGE_VISIT
from ...engine.arguments import Line
from .ordinals import Ordinals

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_LINE = re.compile(rf"(\S+) \S+ .*?\[([^\]]+)\] {_QUOTED} (\d{{3}}) \S+ {_QUOTED} {_QUOTED}")
_REQUEST = re.compile(r"GET (\S+)(?: HTTP/\d(?:\.\d)?)?")
_TIME = re.compile(r"(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_NOT_A_PAGE = re.compile(
    r"\.(css|js|mjs|map|png|jpg|jpeg|gif|ico|svg|webp|avif|bmp|woff|woff2|ttf|otf|eot"
    r"|mp3|mp4|webm|ogg|wav|avi|mov|pdf|zip|gz|tgz|tar|bz2|xz|rar|7z|exe|msi|dmg|iso|rpm|deb|jar)\Z",
    re.IGNORECASE,
)


def read_combined_log(
    lines: Iterable[tuple[int, bytes]], ordinals: Ordinals, *, site: str = "", salt: str = ""
) -> Iterator[Line]:
    """Page visits from numbered lines. `site` goes before each request target; `salt` before what names a customer.

    The customer is derived from address and user agent, the event id from the line and its ordinal among
    identical ones: importing a file again adds nothing.
    """
    for number, raw in lines:
        text = _text(raw)
        try:
            visit = _visit(text, site, salt)
        except ValueError as error:
            yield Line(number, problem=str(error))
            continue
        if visit is not None:
            visit["event_id"] = str(uuid5(NAMESPACE_URL, f"{text} {ordinals.next(text)}"))
        yield Line(number, visit)


def customer_in_combined(line: bytes, *, salt: str = "") -> UUID | None:
    """The customer that a line would be of, were it a page visit; None where it is not of the format."""
    parts = _LINE.match(_text(line))
    return None if parts is None else _customer(parts[1], parts[6], salt)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _visit(text: str, site: str, salt: str) -> dict[str, Any] | None:
    parts = _LINE.match(text)
    if parts is None:
        raise ValueError("not a line of the combined log format")
    address, time, request, status, referrer, agent = parts.groups()
    moment = _moment(time)
    target = _REQUEST.fullmatch(request)
    if target is None or not 200 <= int(status) <= 399 or not _is_page(target[1]):
        return None
    params = {"url": site + target[1]}
    if referrer != "-":
        params["referrer"] = referrer
    customer = _customer(address, agent, salt)
    return {"uuid": str(customer), "action": PAGE_VISIT, "time": moment.isoformat(), "params": params}


def _customer(address: str, agent: str, salt: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{salt}{address} {agent}")


def _moment(text: str) -> datetime:
    parts = _TIME.fullmatch(text)
    if parts is None or parts[2] not in _MONTHS:
        raise ValueError(f"{text!r:.40} is not a time of the combined log format")
    day, _, year, hour, minute, second = parts.group(1, 2, 3, 4, 5, 6)
    ahead = timedelta(hours=int(parts[8]), minutes=int(parts[9]))
    zone = timezone(ahead if parts[7] == "+" else -ahead)
    return datetime(int(year), _MONTHS[parts[2]], int(day), int(hour), int(minute), int(second), tzinfo=zone)


def _is_page(target: str) -> bool:
    # Not urlsplit: to it //favicon.ico is a host.
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    return path != "/robots.txt" and _NOT_A_PAGE.search(path) is None
