"""Database URLs: which ones Footfall speaks, and how they are shown."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from ...domain.errors import FootfallError


class InvalidDatabase(FootfallError):
    """The database URL is malformed, of a kind that Footfall does not speak, or cannot be opened."""


def parse(url: str) -> URL:
    """The URL with the driver that is used. Raises `InvalidDatabase`."""
    try:
        parsed = make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise InvalidDatabase(
            "the database URL must look like sqlite:///shop.db or postgresql://user:password@host:5432/name"
        ) from None
    if "@" in (parsed.host or ""):
        raise InvalidDatabase("the database URL has more than one @: write one that is part of the password as %40")
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise InvalidDatabase("a database in memory would be gone with its connection: name a file, sqlite:///shop.db")
    if parsed.drivername in ("sqlite", "postgresql+psycopg"):
        return parsed
    raise InvalidDatabase(f"Footfall speaks sqlite:// and postgresql://, not {parsed.drivername}://")


def shown(url: URL) -> str:
    """A URL without its password, wherever that stands in it."""
    secret = {name: "***" for name in url.query if name in ("password", "passfile", "sslpassword")}
    return url.update_query_dict(secret).render_as_string(hide_password=True)
