"""Errors of the drivers in Footfall's own words."""

from __future__ import annotations

import re
import sqlite3

import psycopg

from ...application.ports.errors import (
    DO_IT_AGAIN,
    AppendConflict,
    StoreBusy,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)
from ...domain.errors import FootfallError, InvalidArgument

_ONLY_AS_A_WHOLE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_OF_SOMEBODY_ELSE = (
    psycopg.errors.DependentObjectsStillExist,
    psycopg.errors.DuplicateTable,
    psycopg.errors.DuplicateObject,
)
_IN_EACH_OTHERS_WAY = (psycopg.errors.UniqueViolation, *_ONLY_AS_A_WHOLE)


def translate(error: Exception, shown_url: str) -> FootfallError:
    """What an error of a driver, or of SQLAlchemy on its behalf, means; `shown_url` says where."""
    original = getattr(error, "orig", None) or error
    name = type(original).__name__
    text = " ".join(str(original).split()) or name  # in one line, for those who log it
    if isinstance(original, _IN_EACH_OTHERS_WAY) or "UNIQUE constraint failed" in text:
        return AppendConflict(text)
    if isinstance(original, psycopg.errors.InsufficientPrivilege):
        return StoreRefused(
            f"{shown_url} does not let this user do that: {text}; grant what the README lists, and leave "
            "`footfall migrate` and rebuilds to the owner of the tables"
        )
    if isinstance(original, _OF_SOMEBODY_ELSE) or re.search(r"(table|index) \S+ already exists", text):
        return StoreRefused(
            f"{shown_url} has something that Footfall did not make, and that is in the way or depends on a table of "
            f"Footfall's: {text}; nothing was changed"
        )
    if "readonly database" in text:
        return StoreRefused(
            f"{shown_url} may only be read by this user: {text}; let it write the file and its folder. Where it may "
            "write the folder alone, or another process has the store open, reads that need not catch up work"
        )
    if isinstance(original, psycopg.errors.QueryCanceled):
        return StoreBusy(f"{shown_url} took too long: {text}; FOOTFALL_STATEMENT_TIMEOUT says how long it may take")
    if "database is locked" in text or isinstance(original, psycopg.errors.LockNotAvailable):
        return StoreBusy(f"{shown_url} is held by another process: {text}; try again when it is done")
    if "database or disk is full" in text or isinstance(original, psycopg.errors.DiskFull):
        return StoreFull(f"{shown_url} has no room: {text}; nothing was written, make room and send it again")
    return StoreUnavailable(f"{shown_url} failed: {text}")


def translate_within(error: Exception, shown_url: str) -> FootfallError:
    """The same for an error within a host's own transaction, of which Footfall cannot do any but its own part again."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, sqlite3.ProgrammingError) or "readonly database" in str(original):
        return InvalidArgument(f"the connection cannot be used: {original}")  # in this thread, closed, only for reading
    meant = translate(error, shown_url)
    if isinstance(meant, StoreBusy) or isinstance(original, _ONLY_AS_A_WHOLE):
        return StoreBusy(f"{meant}; {DO_IT_AGAIN}")
    return meant
