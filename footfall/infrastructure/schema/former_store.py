"""Stores of Footfall 0.1 and 0.2, whose tables had names that a host may use: recognised beyond doubt, and moved."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..database.dialects.dialect import dialect_of
from . import ownership

_VERSION = "alembic_version"
_EVENT = "position partition stream customer version topic event_id action time state"
_REJECTION = "number rejection_id kind customer content sender_level sender_customer received_at reason detail"
_AT_FIRST = {
    "store": "partitions session_timeout created_at",
    "streams": "stream customer",
    "log": _EVENT,
    "snapshots": "stream version state",
    "rejections": _REJECTION,
    "checkpoints": "projection partition position",
    "parked": "projection customer partition position parked_at error",
}
_LATER = {"due": "stream partition customer due_at", "jobs": "job succeeded_at failed_at error"}
_LAST = {
    "application_sequences": "sequence application purpose last",
    "application_events": "sequence number originator is_uuid version topic state",
    "application_tracking": "application upstream number",
}
_TABLES = {"0001": _AT_FIRST, "0002": _AT_FIRST | _LATER, "0003": _AT_FIRST | _LATER | _LAST}
_VIEWS = {
    "page_visits": "event_id uuid time received_at url host path title referrer in_session",
    "sessions": (
        "session_id uuid started_at last_activity_at deadline activities page_visits entry_url exit_url referrer "
        "first_event_id entry_at entry_event_id exit_at exit_event_id"
    ),
    "profiles": "uuid first_seen last_seen events counts attributes stamps",
    "session_handles": "session_id uuid time",
}
_COPY = re.compile(r"_(next|check)\Z")


def former_revision(connection: Connection) -> str | None:
    """The revision of a former store, None where there is none: its version table names one, and all the tables that
    one had are there with the columns that they had."""
    seen, schema = sa.inspect(connection), dialect_of(connection).naming.schema
    if _columns(seen, _VERSION, schema) != {"version_num"}:
        return None
    query = f"SELECT version_num FROM {_at(connection, _VERSION)}"  # noqa: S608  # a name of ours
    versions = set(connection.exec_driver_sql(query).scalars())
    known = [version for version in versions if version in _TABLES]
    if len(known) != 1:
        return None
    tables = _TABLES[known[0]]
    same = all(_columns(seen, table, schema) == set(columns.split()) for table, columns in tables.items())
    return known[0] if same else None


def move(connection: Connection, revision: str) -> None:
    """Give the tables of a former store the names that they have now, in the transaction under way, and list them.

    Raises `NameTaken` where there is a table of such a name.
    """
    tables = [*_TABLES[revision], *_without_copies_of_checks(connection, _views(connection))]
    partitions = [] if dialect_of(connection).one_writer else _partitions(connection)
    if dialect_of(connection).one_writer:
        ownership.check_free(connection, [*tables, "version", "own_tables"])
        for table in tables:
            _rename_on_sqlite(connection, table)
    ownership.create_list(connection)
    ownership.list_as_own(connection, [*tables, *partitions])
    connection.exec_driver_sql("CREATE TABLE footfall.version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.exec_driver_sql(f"INSERT INTO footfall.version VALUES ('{revision}')")  # noqa: S608  # one of three
    _forget_version(connection, revision)


def _without_copies_of_checks(connection: Connection, views: list[str]) -> list[str]:
    # A verify that was killed left them, and nothing would ever look at them again.
    for view in views:
        if view.endswith("_check"):
            for remembered in (_at(connection, "checkpoints"), _at(connection, "parked")):
                forgotten = sa.text(f"DELETE FROM {remembered} WHERE projection = :view")  # noqa: S608  # names of ours
                connection.execute(forgotten, {"view": view})
            quoted = f'"{view}"'
            connection.exec_driver_sql(f"DROP TABLE {_at(connection, quoted)}")
    return [view for view in views if not view.endswith("_check")]


def _at(connection: Connection, table: str) -> str:
    return table if dialect_of(connection).naming.schema is None else f"footfall.{table}"


def _columns(seen: sa.Inspector, table: str, schema: str | None) -> set[str] | None:
    return {one["name"] for one in seen.get_columns(table, schema)} if seen.has_table(table, schema) else None


def _views(connection: Connection) -> list[str]:
    # Those that the checkpoints name. One with other columns than Footfall's is somebody else's, and folded elsewhere.
    query = f"SELECT DISTINCT projection FROM {_at(connection, 'checkpoints')}"  # noqa: S608  # a name of ours
    seen, schema = sa.inspect(connection), dialect_of(connection).naming.schema
    named = list(connection.exec_driver_sql(query).scalars())
    return [name for name in named if _is_view(name, _columns(seen, name, schema))]


def _is_view(name: str, columns: set[str] | None) -> bool:
    if columns is None:
        return False
    own = _VIEWS.get(_COPY.sub("", name))
    return columns == set(own.split()) if own else "uuid" in columns


def _partitions(connection: Connection) -> list[str]:
    children = "SELECT inhrelid::regclass::oid FROM pg_inherits WHERE inhparent = 'footfall.log'::regclass"
    return list(connection.exec_driver_sql(f"SELECT relname FROM pg_class WHERE oid IN ({children})").scalars())  # noqa: S608


def _rename_on_sqlite(connection: Connection, table: str) -> None:
    new = dialect_of(connection).naming.table(table)
    connection.exec_driver_sql(f'ALTER TABLE "{table}" RENAME TO "{new}"')
    # An index cannot be renamed; it is made anew from the text that made it.
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
    for name, sql in connection.exec_driver_sql(indexes, (new,)).all():
        connection.exec_driver_sql(f'DROP INDEX "{name}"')
        connection.exec_driver_sql(re.sub(rf'INDEX\s+"?{name}"?', f"INDEX footfall_{name}", sql, count=1))


def _forget_version(connection: Connection, revision: str) -> None:
    at = _at(connection, _VERSION)
    connection.exec_driver_sql(f"DELETE FROM {at} WHERE version_num = '{revision}'")  # noqa: S608  # one of three
    if connection.exec_driver_sql(f"SELECT 1 FROM {at}").first() is None:  # noqa: S608  # a host may have a row there, too
        connection.exec_driver_sql(f"DROP TABLE {at}")
