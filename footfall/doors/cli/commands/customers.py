"""Commands on customers: profile, timeline, visits, profiles."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ....engine.answers import Profile
from ....engine.document import document
from ...wire.conditions import attributes_written, counts_written
from ..options import A_PAGE, After, Customer, Database, Json, Limit, opened
from ..output import complain, print_json
from ..tables import print_facts, print_rows, print_table, tell_of_more


def profile(
    uuid: Customer,
    database: Database = None,
    as_of: Annotated[str | None, typer.Option(metavar="TIME", help="As of a moment, ISO 8601.")] = None,
    json: Json = False,
) -> None:
    """Show a customer's profile, now or as of a moment, read from the stream itself."""
    with opened(database) as engine:
        found = engine.profile(uuid, as_of=as_of)
    if not found.events and not found.attributes:
        complain(f"nothing is known of {uuid}{'' if as_of is None else f' as of {as_of}'}")
    if json:
        print_json(found)
    else:
        print_facts(f"Profile of {found.uuid}", _facts(found))


def timeline(
    uuid: Customer,
    database: Database = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only what happened at or after this moment.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only what happened before this moment.")] = None,
    limit: Limit = A_PAGE,
    after: After = None,
    raw: Annotated[bool, typer.Option("--raw", help="Show parameters that no definition names, too.")] = False,
    json: Json = False,
) -> None:
    """Show what a customer did, the newest first."""
    with opened(database) as engine:
        entries = engine.timeline(uuid, since=since, until=until, limit=limit, after=after, raw=raw)
    if json:
        print_json(entries)
    else:
        rows = [(entry.time, entry.action, entry.label, entry.params or None) for entry in entries]
        print_table(f"Timeline of {uuid}", ("time", "action", "label", "params"), rows)
    tell_of_more(entries)


def visits(
    uuid: Customer, database: Database = None, limit: Limit = A_PAGE, after: After = None, json: Json = False
) -> None:
    """Show a customer's page visits, the newest first."""
    with opened(database) as engine:
        rows = engine.page_visits(uuid, limit=limit, after=after, fresh=True)
    columns = ("time", "url", "title", "referrer", "previous_url", "next_url", "seconds_until_next", "session_id")
    print_rows(f"Page visits of {uuid}", columns, rows, json)
    tell_of_more(rows)


def profiles(
    database: Database = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION", help="Only with this attribute: NAME=VALUE, NAME>=VALUE, NAME, !NAME. Repeatable."
        ),
    ] = None,
    count: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Only who did this so often: ACTION>=3, ACTION=0. Repeatable."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--seen-since", metavar="TIME", help="Only who was last seen at or after this moment.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--seen-until", metavar="TIME", help="Only who was last seen before this moment.")
    ] = None,
    limit: Limit = A_PAGE,
    after: After = None,
    json: Json = False,
) -> None:
    """List customers, the last seen first."""
    attributes, counts = attributes_written(where or ()), counts_written(count or ())
    with opened(database) as engine:
        rows = engine.profiles(
            attributes, counts=counts, since=since, until=until, limit=limit, after=after, fresh=True
        )
    print_rows("Profiles", ("uuid", "first_seen", "last_seen", "events", "sessions", "attributes"), rows, json)
    tell_of_more(rows)


def _facts(profile: Profile) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in document(profile).items() if name != "uuid"]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (profile, timeline, visits, profiles):
        app.command(rich_help_panel="Customers")(command)
