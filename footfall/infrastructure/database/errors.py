"""Errors of the drivers in Footfall's own words."""

from __future__ import annotations

import sqlite3

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL

from ...application.ports.errors import (
    DO_IT_AGAIN,
    AppendConflict,
    StoreBusy,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)
from ...domain.errors import FootfallError, InvalidArgument
from .refusals import refusal
from .sqlite_url import file_of
from .url import shown

_ONLY_AS_A_WHOLE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_IN_EACH_OTHERS_WAY = (psycopg.errors.UniqueViolation, *_ONLY_AS_A_WHOLE)


def translate(error: Exception, url: URL) -> FootfallError:
    """What an error of a driver, or of SQLAlchemy on its behalf, means; `url` says where."""
    original = _original(error)
    text, where = in_one_line(original), shown(url)
    if isinstance(original, _IN_EACH_OTHERS_WAY) or "UNIQUE constraint failed" in text:
        return AppendConflict(text)
    if refused := refusal(original, file_of(url) if url.get_backend_name() == "sqlite" else None):
        return StoreRefused(f"{where} {refused.meaning}: {text}; {refused.remedy}")
    if isinstance(original, psycopg.errors.QueryCanceled):
        return StoreBusy(f"{where} took too long: {text}; FOOTFALL_STATEMENT_TIMEOUT says how long it may take")
    if "database is locked" in text or isinstance(original, psycopg.errors.LockNotAvailable):
        return StoreBusy(f"{where} is held by another process: {text}; try again when it is done")
    if "database or disk is full" in text or isinstance(original, psycopg.errors.DiskFull):
        return StoreFull(f"{where} has no room: {text}; nothing was written, make room and send it again")
    return StoreUnavailable(f"{where} failed: {text}")


def in_own_words(error: BaseException, url: URL) -> FootfallError | None:
    """What an error means where a driver raised it, or SQLAlchemy on its behalf; None for any other."""
    if isinstance(error, sa.exc.DBAPIError | psycopg.Error | sqlite3.Error):
        return translate(error, url)
    if isinstance(error, sa.exc.StatementError) and isinstance(error.orig, FootfallError):
        return error.orig  # what a connection itself refuses
    return None


def translate_within(error: Exception, url: URL) -> FootfallError:
    """The same for an error within a host's own transaction, of which Footfall cannot do any but its own part again."""
    original = _original(error)
    if isinstance(original, sqlite3.ProgrammingError) or "readonly database" in str(original):
        return InvalidArgument(f"the connection cannot be used: {original}")  # in this thread, closed, only for reading
    meant = translate(error, url)
    if isinstance(meant, StoreBusy) or isinstance(original, _ONLY_AS_A_WHOLE):
        return StoreBusy(f"{meant}; {DO_IT_AGAIN}")
    return meant


def is_damage(error: BaseException) -> bool:
    """Whether an error means that a SQLite file is damaged, or none of SQLite's at all."""
    original = getattr(error, "orig", None) or error
    return getattr(original, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def lacks_table(error: BaseException, table: str) -> bool:
    """Whether an error means that a SQLite file has no table of this name."""
    return str(getattr(error, "orig", None) or error) == f"no such table: {table}"


def in_one_line(error: BaseException) -> str:
    """The text of an error, for those who log it: of PostgreSQL's the first message alone, since its details show rows,
    and with them what customers did."""
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return " ".join((primary or str(error)).split()) or type(error).__name__


def _original(error: Exception) -> BaseException:
    return getattr(error, "orig", None) or error
