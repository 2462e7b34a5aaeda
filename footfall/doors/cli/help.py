"""What `--help` prints: plain lines, which cut no name of an option or of a variable on a narrow terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

Parameter = TyperArgument | TyperOption

_PLACEHOLDERS: dict[Any, str] = {int: "N", float: "N", datetime: "TIME"}


class Command(TyperCommand):
    """A command, with its help."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What stands behind the name of the command: options, then arguments."""
        arguments = [one for one in self.params if isinstance(one, TyperArgument)]
        return ["[OPTIONS]", *(name(one) if one.required else f"[{name(one)}]" for one in arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        _write_parameters(self.get_params(ctx), formatter)


class Group(TyperGroup):
    """A program of several commands, with its help."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write options and commands."""
        _write_parameters(self.get_params(ctx), formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands under their headings."""
        widest = max(map(len, self.commands))
        sections: dict[str, list[tuple[str, str]]] = {}
        for called, command in self.commands.items():
            # Names of one width, so that the columns of all sections begin at the same place.
            row = called.ljust(widest), (command.help or "").partition("\n\n")[0]
            sections.setdefault(getattr(command, "rich_help_panel", None) or "Commands", []).append(row)
        for heading, rows in sections.items():
            _write_section(heading, rows, formatter)


def name(parameter: Any) -> str:
    """What a parameter is called where it is spoken of: `--limit`, `-d/--database`, `UUID`."""
    if isinstance(parameter, TyperArgument):
        return (parameter.metavar or parameter.name.upper()).strip("[]")
    return "/".join(sorted(parameter.opts, key=len))


def _write_parameters(parameters: Sequence[Any], formatter: Any) -> None:
    for heading, kind in (("Arguments", TyperArgument), ("Options", TyperOption)):
        rows = [(_left(one), _right(one)) for one in parameters if isinstance(one, kind) and not one.hidden]
        if rows:
            _write_section(heading, rows, formatter)


def _write_section(heading: str, rows: list[tuple[str, str]], formatter: Any) -> None:
    with formatter.section(heading):
        # What is on the right keeps enough room for the longest word, a URL; a longer name gets a line of its own.
        formatter.write_dl(rows, col_max=formatter.width * 3 // 8)


def _left(parameter: Parameter) -> str:
    if isinstance(parameter, TyperArgument):
        return name(parameter)
    names = ", ".join(sorted(parameter.opts, key=len))
    if parameter.is_flag:
        return " / ".join([names, *parameter.secondary_opts])
    return f"{names} {parameter.metavar or _placeholder(parameter)}"


def _placeholder(option: TyperOption) -> str:
    value = option.type_descriptor
    return option.name.upper() if value.choices else _PLACEHOLDERS.get(value.annotation, "TEXT")


def _right(parameter: Parameter) -> str:
    notes = "; ".join(_notes(parameter))
    return "  ".join(filter(None, [parameter.help, f"[{notes}]" if notes else ""]))


def _notes(parameter: Parameter) -> Iterator[str]:
    choices, default = parameter.type_descriptor.choices, _default(parameter)
    if choices:
        yield f"one of: {', '.join(map(_written, choices))}"
    if parameter.envvar:
        yield f"env var: {parameter.envvar}"
    if default:
        yield f"default: {default}"
    if parameter.required:
        yield "required"


def _default(parameter: Parameter) -> str:
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if isinstance(parameter.default, bool) and parameter.secondary_opts:
        return (parameter.opts if parameter.default else parameter.secondary_opts)[0]
    return "" if parameter.default in (None, False) else _written(parameter.default)


def _written(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)
