"""Values of options that cannot be read: told in one line, in words of our own."""

from __future__ import annotations

from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from ...domain.errors import InvalidArgument
from ...domain.plain_words import what_is_wrong


class Commands(TyperGroup):
    """The commands of the program."""

    def invoke(self, ctx: Any) -> Any:
        """Run one. Raises `InvalidArgument` for a value that cannot be what its option needs."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as wrong:
            if not isinstance(wrong.__cause__, ValidationError):
                raise  # what a command says itself
            options = wrong.param.opts if wrong.param is not None else ()
            found = what_is_wrong(wrong.__cause__.errors()[0])
            raise InvalidArgument(f"{'/'.join(options)}: {found}") from None
