"""The command on issuers of JWTs: trust."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ....domain.errors import InvalidArgument
from ....engine.answers import IssuerRow
from ..options import AsOf, Database, Json, opened, opened_or_created
from ..output import print_json, say
from ..tables import print_table


def trust(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Public keys of the issuer: a PEM or JWKS file.")
    ] = None,
    database: Database = None,
    issuer: Annotated[str | None, typer.Option(metavar="URL", help="What its tokens say in iss.")] = None,
    audience: Annotated[str | None, typer.Option(metavar="NAME", help="What they say in aud.")] = None,
    algorithm: Annotated[
        list[str] | None, typer.Option(help="RS256, ES256 or EdDSA; all, unless said. Repeatable.")
    ] = None,
    uuid_claim: Annotated[str, typer.Option(metavar="CLAIM", help="What names the customer.")] = "sub",
    recognised_claim: Annotated[
        str | None,
        typer.Option(
            metavar="CLAIM",
            help="What says that the customer is recognised.",
            show_default="email, customer_id or recognised: true",
        ),
    ] = None,
    leeway: Annotated[str, typer.Option(metavar="DURATION", help="How far clocks may be apart.")] = "30s",
    remove: Annotated[str | None, typer.Option(metavar="URL", help="Trust this issuer no longer.")] = None,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Trust the JWTs of an issuer; without a file, list those that are trusted."""
    if remove is not None:
        _distrust(remove, database, json)
    elif file is not None and issuer is not None and audience is not None:
        keys = _text_of(file)
        with opened_or_created(database) as engine:
            trusted = engine.trust(
                keys,
                issuer=issuer,
                audience=audience,
                algorithms=algorithm or None,
                uuid_claim=uuid_claim,
                recognised_claim=recognised_claim,
                leeway=leeway,
            )
        if json:
            print_json(trusted)
        else:
            say(f"Tokens of {issuer} for {audience} are believed, by {' or '.join(trusted.algorithms)}")
    elif file is None and issuer is None and audience is None:
        _list(database, as_of, json)
    else:
        raise typer.BadParameter("an issuer is trusted by all three: a FILE of its keys, --issuer and --audience")


def _distrust(issuer: str, database: str | None, json: bool) -> None:
    with opened(database) as engine:
        engine.distrust(issuer)
    if json:
        print_json({"issuer": issuer, "trusted": False})
    else:
        say(f"Tokens of {issuer} are not believed any more")


def _list(database: str | None, as_of: str | None, json: bool) -> None:
    with opened(database) as engine:
        rows = engine.issuers(as_of=as_of)
    if json:
        print_json(rows)
    else:
        columns = ("issuer", "audience", "keys", "uuid", "recognised", "trusted at")
        print_table("Trusted issuers", columns, map(_row, rows))


def _row(row: IssuerRow) -> tuple[Any, ...]:
    keys = f"{len(row.keys)} {' '.join(row.algorithms)} {' '.join(kid for kid in row.keys if kid)}"
    return row.issuer, row.audience, keys, row.uuid_claim, row.recognised_claim, row.trusted_at


def _text_of(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"{file} cannot be read: {error}") from None


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(rich_help_panel="Callers over HTTP")(trust)
