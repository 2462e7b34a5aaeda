"""Commands on keys: keys, keys create, keys rotate, keys revoke."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ....domain.key import Scope
from ....engine.answers import KeyRow, NewKey
from ..options import AsOf, Database, Json, opened, opened_or_created
from ..output import complain, print_json, print_line, say
from ..tables import print_table

keys = typer.Typer(help="List the keys that callers over HTTP hold; create, rotate and revoke them.")
Name = Annotated[str, typer.Argument(help="What the key is called: shop, backend.")]


@keys.callback(invoke_without_command=True)
def listed(context: typer.Context, database: Database = None, as_of: AsOf = None, json: Json = False) -> None:
    """List the keys that callers over HTTP hold; create, rotate and revoke them."""
    if context.invoked_subcommand is not None:
        # The command behind it has options of its own, and would go to another store than the one that is named here.
        sources = map(context.get_parameter_source, context.params)
        if any(source is not None and source.name == "COMMANDLINE" for source in sources):
            raise typer.BadParameter(f"options come behind {context.invoked_subcommand}")
        return
    with opened(database) as engine:
        rows = engine.keys(as_of=as_of)
    if json:
        print_json(rows)
    else:
        columns = ("key", "name", "kind", "origins", "rate", "scopes", "created", "revoked", "last used")
        print_table("Keys", columns, map(_row, rows))


def _row(row: KeyRow) -> tuple[Any, ...]:
    used = None if row.last_used is None else row.last_used.date().isoformat()
    origins, scopes = " ".join(row.origins), " ".join(row.scopes)
    return row.key_id, row.name, row.kind, origins, row.rate, scopes, row.created_at, row.revoked_at, used


@keys.command()
def create(
    name: Name,
    database: Database = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Pages of this origin may use it: https://shop.example. Repeatable."),
    ] = None,
    rate: Annotated[int | None, typer.Option(metavar="N", help="Take at most so many events a minute by it.")] = None,
    server: Annotated[bool, typer.Option("--server", help="A secret for a backend, instead of a public key.")] = False,
    scope: Annotated[list[Scope] | None, typer.Option(help="What a backend may do by it; all, unless said.")] = None,
    json: Json = False,
) -> None:
    """Create a public key for pages and apps, or with --server a secret for a backend, which is shown this once."""
    if server and (origin or rate is not None):
        raise typer.BadParameter("a server key has no origins and no rate", param_hint="--server")
    if scope and not server:
        raise typer.BadParameter("a public key has no scopes: it sends events, and no more", param_hint="--scope")
    with opened_or_created(database) as engine:
        if server:
            created = engine.create_server_key(name, scopes=scope or tuple(Scope))
        else:
            created = engine.create_key(name, origins=origin or (), rate=rate)
    _show(created, json)
    if not (server or origin):
        complain("No origin is listed, so that apps may use it, and no page: --origin https://shop.example")


@keys.command()
def rotate(
    name: Name,
    database: Database = None,
    overlap: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Refuse the secrets before it after 24h, say.")
    ] = None,
    json: Json = False,
) -> None:
    """Create another secret for a server key, beside those that it has, until they are revoked."""
    with opened(database) as engine:
        created = engine.rotate_key(name, overlap=overlap)
    _show(created, json)


@keys.command()
def revoke(
    name_or_id: Annotated[str, typer.Argument(help="A name, for every key of it, or an id, for that one.")],
    database: Database = None,
    json: Json = False,
) -> None:
    """Refuse a key from now on; every process does so within two seconds."""
    with opened(database) as engine:
        engine.revoke_key(name_or_id)
    if json:
        print_json({"key": name_or_id, "revoked": True})
    else:
        say(f"{name_or_id} is refused from now on")


def _show(created: NewKey, json: bool) -> None:
    # By itself on standard output, so that a script can take it.
    if json:
        print_json(created)
    else:
        print_line(created.key.encode())
        if created.kind == "server":
            complain("This is shown once: keep it where your backend keeps its secrets")


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(keys, name="keys", rich_help_panel="Callers over HTTP")
