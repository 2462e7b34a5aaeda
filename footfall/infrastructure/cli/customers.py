"""Commands on customers: profile, timeline, visits, sessions, profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer

from ...application.arguments import customer_named, moment_of
from .options import Customer, Database, Json, store
from .output import print_facts, print_json, print_table

Limit = Annotated[int | None, typer.Option(min=1, help="At most so many.", show_default="all")]


def profile(
    uuid: Customer,
    database: Database = None,
    as_of: Annotated[str | None, typer.Option(metavar="TIME", help="As of a moment, ISO 8601.")] = None,
    json: Json = False,
) -> None:
    """Show a customer's profile, now or as of a moment, read from the stream itself."""
    with store(database) as parts:
        document = parts.streams.profile(customer_named(uuid), None if as_of is None else moment_of(as_of))
    if json:
        print_json(document)
    else:
        print_facts(f"Profile of {document.uuid}", _facts(document))


def timeline(
    uuid: Customer,
    database: Database = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many events.")] = 50,
    raw: Annotated[bool, typer.Option("--raw", help="Show parameters that no definition names, too.")] = False,
    json: Json = False,
) -> None:
    """Show what a customer did, the newest first."""
    with store(database) as parts:
        entries = parts.streams.timeline(customer_named(uuid), limit, raw=raw)
    if json:
        print_json(entries)
    else:
        rows = [(entry.time, entry.action, entry.label, entry.params or None) for entry in entries]
        print_table(f"Timeline of {uuid}", ("time", "action", "label", "params"), rows)


def visits(uuid: Customer, database: Database = None, limit: Limit = None, json: Json = False) -> None:
    """Show a customer's page visits, the newest first."""
    with store(database) as parts:
        rows = parts.views.page_visits(customer_named(uuid), limit, fresh=True)
    columns = ("time", "url", "title", "referrer", "previous_url", "next_url", "seconds_until_next", "session_id")
    _print(f"Page visits of {uuid}", columns, rows, json)


def sessions(uuid: Customer, database: Database = None, limit: Limit = None, json: Json = False) -> None:
    """Show a customer's sessions, the newest first."""
    with store(database) as parts:
        rows = parts.views.sessions(customer_named(uuid), limit, fresh=True)
    columns = ("started_at", "last_activity_at", "state", "activities", "page_visits", "entry_url", "exit_url")
    _print(f"Sessions of {uuid}", columns, rows, json)


def profiles(
    database: Database = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Only with this attribute. Repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    json: Json = False,
) -> None:
    """List customers, the last seen first."""
    attributes = dict(map(_attribute, where or ()))
    with store(database) as parts:
        rows = parts.views.profiles(attributes, limit, fresh=True)
    _print("Profiles", ("uuid", "first_seen", "last_seen", "events", "sessions", "attributes"), rows, json)


def _attribute(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not of the form NAME=VALUE", param_hint="--where")
    try:
        return name, msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError):
        return name, value


def _facts(document: msgspec.Struct) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in msgspec.structs.asdict(document).items() if name != "uuid"]


def _print(title: str, columns: Sequence[str], rows: Sequence[msgspec.Struct], json: bool) -> None:
    if json:
        print_json(rows)
    else:
        print_table(title, columns, [[getattr(row, column) for column in columns] for row in rows])


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (profile, timeline, visits, sessions, profiles):
        app.command(rich_help_panel="Customers")(command)
