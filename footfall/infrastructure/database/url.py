"""Database URLs: which ones Footfall speaks, and how they are shown."""

from __future__ import annotations

import re
from urllib.parse import unquote

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL, make_url

from ...application.ports.errors import InvalidDatabase
from .sqlite_url import check_sqlite, plain

_PSYCOPG = "postgresql+psycopg"
_DRIVERS = {"sqlite": "sqlite", "postgres": _PSYCOPG, "postgresql": _PSYCOPG, _PSYCOPG: _PSYCOPG}
_SEVERAL_HOSTS = re.compile(
    r"(?P<before>[\w+]+://(?:[^/?@]*@)?)(?P<hosts>[^/?@]*,[^/?@]*)(?P<after>(?:[/?][^@]*)?)", re.DOTALL
)


def parse(url: str) -> URL:
    """The URL with the driver that is used. Raises `InvalidDatabase`."""
    check_sqlite(url.strip())
    parsed = _made(url.strip())
    driver = _DRIVERS.get(parsed.drivername.lower())
    if driver is None:
        raise InvalidDatabase(f"Footfall speaks sqlite:// and postgresql://, not {parsed.drivername}://")
    parsed = parsed.set(drivername=driver)
    return plain(parsed) if driver == "sqlite" else _reachable(parsed)


def parse_listen_url(url: str) -> URL:
    """The URL that notifications come from. Raises `InvalidDatabase`."""
    try:
        parsed = parse(url)
    except InvalidDatabase as error:
        raise InvalidDatabase(f"listen_url: {error}") from None
    if parsed.get_backend_name() != "postgresql":
        raise InvalidDatabase("listen_url leads to the PostgreSQL server of the store: postgresql://user@host/name")
    return parsed


def shown(url: URL) -> str:
    """A URL as it is written, without the driver's name, and without its password, wherever that stands in it."""
    secret = {name: "***" for name in url.query if name in ("password", "passfile", "sslpassword")}
    written = url.set(drivername=url.get_backend_name()).update_query_dict(secret)
    return written.render_as_string(hide_password=True)


def _made(url: str) -> URL:
    several = _SEVERAL_HOSTS.fullmatch(url)
    try:
        if several is None:
            return make_url(url)
        found = [_host_and_port(one) for one in several["hosts"].split(",")]
        hosts, ports = (",".join(one) for one in zip(*found, strict=True))
        query = {"host": hosts, **({"port": ports} if ports.strip(",") else {})}
        return make_url(several["before"] + several["after"]).update_query_dict(query)
    except (sa.exc.ArgumentError, ValueError):
        raise InvalidDatabase(
            "the database URL must look like sqlite:///shop.db or postgresql://user:password@host:5432/name; in user, "
            "password and name a character such as @ : / ? % is written as %40 %3A %2F %3F %25"
        ) from None


def _host_and_port(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(?:\[(?P<v6>.*)\]|(?P<host>[^:]*))(?::(?P<port>\d*))?", text)
    if found is None:
        raise ValueError
    return unquote(found["v6"] or found["host"] or ""), found["port"] or ""


def _reachable(url: URL) -> URL:
    host = unquote(url.host or "")
    if "@" in host:
        raise InvalidDatabase("the database URL has more than one @: write one that is part of the password as %40")
    if host.startswith(("/", "@")):  # as libpq has it, the folder of a socket
        url = url.set(host="").update_query_dict({"host": host})
    arguments = url.get_dialect()().create_connect_args(url)[1]
    try:
        make_conninfo("", **{name: value for name, value in arguments.items() if name != "connect_timeout"})
    except psycopg.Error as error:
        # Where a password stands among them, an & in it would make a name of the rest of it.
        named = "" if {"password", "sslpassword"} & set(url.query) else f": {' '.join(str(error).split())}"
        raise InvalidDatabase(f"a parameter of the database URL is none that PostgreSQL knows{named}") from None
    return url
