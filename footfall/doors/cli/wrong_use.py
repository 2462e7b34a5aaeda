"""Wrong use: told in one line, in words of our own, which says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import ValidationError
from typer.exceptions import TyperException

from ...domain.errors import InvalidArgument, shown
from ...domain.plain_words import what_is_wrong
from .help import Group, name


class Commands(Group):
    """The commands of the program. Raises `InvalidArgument` for what they cannot be given."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the options that come before a command."""
        if not args:  # which is answered with the help
            return super().make_context(info_name, args, parent, **extra)
        path = f"{parent.command_path} {info_name}" if parent is not None else info_name
        self._look_for_options_before_a_command(f"{path}", args)
        with _told_in_a_line():
            return super().make_context(info_name, args, parent, **extra)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is named."""
        if self.invoke_without_command and args[0] not in self.commands:
            path = ctx.command_path
            raise InvalidArgument(
                f"{path} has no command {shown(args[0])}: `{path}` by itself lists them; "
                f"there are also {', '.join(f'`{path} {one}`' for one in self.commands)}"
            )
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        with _told_in_a_line():
            return super().invoke(ctx)

    def _look_for_options_before_a_command(self, path: str, args: list[str]) -> None:
        first = args[0]
        option = first.partition("=")[0] if first.startswith("--") else first[:2]
        taking = [called for called, command in self.commands.items() if _takes(command, option)]
        if taking and not _takes(self, option):
            command = next((one for one in args if one in taking), "COMMAND")
            raise InvalidArgument(f"options come behind the command: `{path} {command} {option} …`")


def _takes(command: Any, option: str) -> bool:
    return any(option in (*one.opts, *one.secondary_opts) for one in command.params if one.param_type_name == "option")


@contextmanager
def _told_in_a_line() -> Iterator[None]:
    try:
        yield
    except TyperException as wrong:
        raise InvalidArgument(_told(wrong)) from None


def _told(wrong: Any) -> str:
    if isinstance(wrong, typer.BadParameter) and wrong.message:
        given = wrong.param_hint or (name(wrong.param) if wrong.param is not None else "")
        cause = wrong.__cause__
        found = what_is_wrong(cause.errors()[0]) if isinstance(cause, ValidationError) else wrong.message
        return f"{given}: {found}" if given else found
    said = " ".join(wrong.format_message().split())
    if isinstance(wrong, typer.BadParameter) and wrong.param is not None:
        said = f"missing {wrong.param.param_type_name} {name(wrong.param)}"
    stop = "" if said.endswith((".", "?")) else "."
    where = f" See `{wrong.ctx.command_path} --help`" if wrong.ctx is not None else ""
    return f"{said[:1].lower()}{said[1:]}{stop}{where}"
