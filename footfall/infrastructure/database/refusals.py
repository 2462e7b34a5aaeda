"""What a database refuses for good: what it means, and what somebody has to do about it.

PostgreSQL says it by its SQLSTATE. An error of connecting carries none, only the text that libpq, the server or a
pooler wrote; of the texts those are listed here that do not pass by themselves.
"""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path
from typing import NamedTuple

import psycopg


class Refusal(NamedTuple):
    """What a database does not do (`meaning` follows its URL), and the remedy."""

    meaning: str
    remedy: str


_PASSWORD = Refusal(
    "does not let this user in",
    "check user and password, in the URL or where libpq looks for them (PGUSER, PGPASSWORD, a password file)",
)
_ROLE = Refusal("has no such user", "create the role with LOGIN, or name another user in the URL")
_RULES = Refusal(
    "does not let this user in from here",
    "let pg_hba.conf, or the rules of the pooler, admit this user to this database from this address, encrypted or not",
)
_ENCRYPTION = Refusal(
    "and this client do not agree on encryption",
    "make sslmode, sslrootcert, sslcert and sslkey in the URL fit what the server offers and asks for",
)
_DATABASE = Refusal("is not there", "create the database first, or name another one in the URL")
_CLOSED = Refusal("lets nobody in", "ALTER DATABASE … ALLOW_CONNECTIONS true, or name another database in the URL")
_CONNECT = Refusal("does not let this user in", "GRANT CONNECT ON DATABASE … TO this user")
_PARAMETERS = Refusal("cannot be reached as the URL says", "mend the parameters of the URL")
_SCHEMA = Refusal(
    "does not let this user into the schema", "GRANT USAGE ON SCHEMA … TO this user, and what else the README lists"
)
_CREATE = Refusal(
    "does not let this user create a schema",
    "let a user who may do so run `footfall migrate`, or GRANT CREATE ON DATABASE … TO this one",
)
_OWNER = Refusal("does not let this user do that", "leave `footfall migrate` and rebuilds to the owner of the tables")
_RIGHT = Refusal(
    "does not let this user do that",
    "grant what the README lists, and leave `footfall migrate` and rebuilds to the owner of the tables",
)
_READ_ONLY = Refusal(
    "may only be read", "name the primary server in the URL, or set default_transaction_read_only to off for this user"
)
_GONE = Refusal(
    "has not all that belongs to a store",
    "somebody dropped or changed it: restore a backup, or open the engine anew, which makes a new store where there is "
    "none",
)
_IN_THE_WAY = Refusal(
    "has something that Footfall did not make, and that is in the way or depends on a table of Footfall's",
    "nothing was changed; rename it, or name another schema or file",
)
_DAMAGED = Refusal("is damaged", "restore a backup, and import again what came since")
_NO_STORE = Refusal(
    "is no SQLite database, or an encrypted one, which Footfall does not read", "name another file in the URL"
)
_NO_FILE = Refusal("cannot be opened", "it is no file: name one in the URL")
_MOVED = Refusal("was moved, replaced or deleted", "put it back, or close the engine and open it anew")
_UNWRITABLE = Refusal(
    "may only be read by this user",
    "let it write the file and its folder. Where it may write the folder alone, or another process has the store open, "
    "reads that need not catch up work",
)

_STATES = {
    "28000": _RULES,
    "28P01": _PASSWORD,
    "3D000": _DATABASE,
    "3F000": _GONE,
    "42P01": _GONE,
    "42703": _GONE,
    "25006": _READ_ONLY,
    "2BP01": _IN_THE_WAY,
    "42P07": _IN_THE_WAY,
    "42710": _IN_THE_WAY,
}
_RIGHTS = (
    (re.compile(r"for database"), _CREATE),
    (re.compile(r"for schema"), _SCHEMA),
    (re.compile(r"must be owner"), _OWNER),
    (re.compile(r""), _RIGHT),
)
# Of libpq, PostgreSQL (FATAL) and PgBouncer; the first that is found counts.
_CONNECTING = tuple(
    (re.compile(pattern), meant)
    for pattern, meant in (
        (r"permission denied for database", _CONNECT),
        (r"is not currently accepting connections", _CLOSED),
        (r"pg_hba\.conf|login rejected|FATAL:  not allowed|(Ident|Peer) authentication failed", _RULES),
        (r"authentication failed|auth failed|no password supplied|password (is )?required|no such user", _PASSWORD),
        (r'role "[^"]*" (does not exist|is not permitted to log in)', _ROLE),
        (r'database "[^"]*" does not exist|no such database', _DATABASE),
        (
            r"does not support SSL|SSL (connection is )?required|certificate|channel binding|private key file",
            _ENCRYPTION,
        ),
        (
            r"private key file|sslmode|wrong version number|alert (handshake|protocol|unknown)|no shared cipher",
            _ENCRYPTION,
        ),
        (r"unrecognized configuration parameter|unsupported startup parameter|invalid command-line", _PARAMETERS),
        (r"invalid value for parameter|invalid port number|invalid integer value|invalid \w+ value", _PARAMETERS),
        (r"bad value for connect_timeout|definition of service|service file|could not match \d+ ", _PARAMETERS),
    )
)
_OF_SQLITE = {
    "SQLITE_NOTADB": _NO_STORE,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_READONLY": _UNWRITABLE,
    "SQLITE_READONLY_DBMOVED": _MOVED,
}
_MISSING_IN_SQLITE = re.compile(r"no such (table|column)|has no column named")
_TAKEN_IN_SQLITE = re.compile(r"(table|index) \S+ already exists")


def refusal(error: BaseException, file: Path | None) -> Refusal | None:
    """What the error of a driver means, if to try again changes nothing; `file` is that of a SQLite store."""
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, file)
    if not isinstance(error, psycopg.Error):
        return None
    if error.sqlstate == "42501":
        return _first(_RIGHTS, str(error))
    # A pooler gives its own errors the state of a broken protocol.
    if error.sqlstate in (None, "08P01", "28000") and (found := _of_connecting(str(error))):
        return found
    if error.sqlstate is not None and error.sqlstate in _STATES:
        return _STATES[error.sqlstate]
    return None


def _of_connecting(text: str) -> Refusal | None:
    # Where several servers were tried, one that is only away may come back and let us in.
    attempts = text.split("\n- host: ")[1:] or [text]
    found = [_first(_CONNECTING, attempt) for attempt in attempts]
    return found[0] if all(found) else None


def _first(known: tuple[tuple[re.Pattern[str], Refusal], ...], text: str) -> Refusal | None:
    return next((meant for pattern, meant in known if pattern.search(text)), None)


def _of_sqlite(error: sqlite3.Error, file: Path | None) -> Refusal | None:
    name, text = getattr(error, "sqlite_errorname", ""), str(error)
    if _MISSING_IN_SQLITE.search(text):
        return _GONE
    if _TAKEN_IN_SQLITE.search(text):
        return _IN_THE_WAY
    if file is not None and _is_there(file) and not file.is_file():
        return _NO_FILE
    if name.startswith("SQLITE_CANTOPEN"):
        return None if file is None else _of_opening(file)
    return _OF_SQLITE.get(name) or _OF_SQLITE.get("_".join(name.split("_")[:2]))


def _of_opening(file: Path) -> Refusal | None:
    folder = file.absolute().parent
    if not _is_there(folder) or not folder.is_dir():
        missing = f"there is no folder {folder}, or this user may not look into it"
        return Refusal("cannot be opened", f"{missing}: make it, or name another file")
    if not _is_there(file) and os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        return Refusal("is not there", "leave mode= out of the URL to have the file created")
    if not _is_there(file) or not os.access(folder, os.X_OK, effective_ids=True):
        return Refusal("cannot be created by this user", f"let it write the folder {folder}, or name another file")
    if not os.access(file, os.R_OK, effective_ids=True):
        return Refusal("may not be read by this user", "let it read and write the file and its folder")
    # It is there and may be read: then what is missing is mostly the file of the log of writes beside it.
    return None if os.access(folder, os.W_OK, effective_ids=True) else _UNWRITABLE


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except PermissionError:  # in a folder that may not be looked into
        return False
