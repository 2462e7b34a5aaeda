"""Commands on the catalogue: define, undefine, definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ....domain.definition import Definition
from ....domain.sender import Access
from ..options import AsOf, Database, Json, opened, opened_or_created
from ..output import print_json, say
from ..tables import print_table


def define(
    action: Annotated[str, typer.Argument(help="context.activity, such as entries.count.")],
    database: Database = None,
    label: Annotated[str | None, typer.Option(help="A template: Counted {{entries}} entries.")] = None,
    description: Annotated[str | None, typer.Option(help="What the action means.")] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:TYPE",
            help="A parameter; NAME:TYPE! is required. Repeatable: all of them.",
        ),
    ] = None,
    access: Annotated[Access | None, typer.Option(help="Who may send it; server unless said.")] = None,
    session_activity: Annotated[
        bool | None,
        typer.Option(help="Whether it counts as session activity; yes if new, where clients may send it."),
    ] = None,
    bots_in_sessions: Annotated[
        bool | None,
        typer.Option(help="Whether a bot's events count as well; no if new, where clients may send it."),
    ] = None,
    json: Json = False,
) -> None:
    """Define an action, or change what is given of one that is defined."""
    parameters = None if param is None else _parameters(param)
    with opened_or_created(database) as engine:
        definition = engine.define(
            action,
            label=label,
            description=description,
            parameters=parameters,
            access=access,
            session_activity=session_activity,
            bots_in_sessions=bots_in_sessions,
        )
    if json:
        print_json(definition)
    else:
        counts = "session activity" if definition.session_activity else "no session activity"
        say(f"Defined {definition.action}: may be sent by {definition.access}, {counts}, label {definition.label!r}")


def _parameters(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    parameters: dict[str, dict[str, Any]] = {}
    for name, parameter in map(_parameter, texts):
        if name in parameters:
            raise typer.BadParameter(f"{name!r} is said twice", param_hint="--param")
        parameters[name] = parameter
    return parameters


def _parameter(text: str) -> tuple[str, dict[str, Any]]:
    name, colon, kind = text.rpartition(":")
    if not colon:
        raise typer.BadParameter(f"{text!r} is not of the form NAME:TYPE or NAME:TYPE!", param_hint="--param")
    return name, {"type": kind.removesuffix("!"), "required": kind.endswith("!")}


def undefine(
    action: Annotated[str, typer.Argument(help="The action.")], database: Database = None, json: Json = False
) -> None:
    """Take a definition out of the catalogue; events that were accepted stay."""
    with opened(database) as engine:
        was_defined = action in engine.definitions()
        engine.undefine(action)
    if json:
        print_json({"action": action, "defined": False})
    else:
        say(f"{action} is not defined any more" if was_defined else f"{action} was not defined")


def definitions(
    database: Database = None,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """List the actions that are defined."""
    with opened(database) as engine:
        catalogue = engine.definitions(as_of=as_of)
    rows = sorted(catalogue.values(), key=lambda definition: definition.action)
    if json:
        print_json(rows)
    else:
        columns = ("action", "label", "parameters", "access", "session", "built in", "description")
        print_table("Definitions", columns, map(_row, rows))


def _row(definition: Definition) -> tuple[Any, ...]:
    parameters = (f"{name}:{one.type}{'!' * one.required}" for name, one in definition.parameters.items())
    counts = "" if not definition.session_activity else "yes" if definition.bots_in_sessions else "without bots"
    built_in = "yes" if definition.built_in else ""
    action, label, access = definition.action, definition.label, definition.access.value
    return action, label, " ".join(parameters), access, counts, built_in, definition.description


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (define, undefine, definitions):
        app.command(rich_help_panel="Catalogue")(command)
