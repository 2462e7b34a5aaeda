"""What the catalogue knows of one action: label, parameters, access, and whether it counts as session activity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from . import moments
from .errors import Reason, Rejected, shown
from .sender import Access


class ParameterType(StrEnum):
    """The types a parameter can have; values are JSON's, and a timestamp is ISO 8601 text or epoch milliseconds."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    OBJECT = "object"
    ARRAY = "array"

    # That of Enum is a Python function, and these are looked up for every parameter of every event.
    __hash__ = str.__hash__


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of an action: its type, and whether an event without it is refused."""

    type: ParameterType
    required: bool = False


class Definition(msgspec.Struct, frozen=True):
    """One action as the catalogue describes it at a moment."""

    action: str
    label: str
    description: str = ""
    parameters: dict[str, Parameter] = {}
    access: Access = Access.SERVER
    session_activity: bool = False
    built_in: bool = False

    def check(self, params: Mapping[str, Any]) -> None:
        """Raise `Rejected` (`missing_parameter`, `wrong_type`) unless params have what is required, rightly typed."""
        for name, parameter in self.parameters.items():
            value = params.get(name)
            if value is None:
                if parameter.required:
                    raise Rejected(Reason.MISSING_PARAMETER, f"parameter {name!r} of {self.action} is required")
            elif not _MATCHES[parameter.type](value):
                raise Rejected(
                    Reason.WRONG_TYPE,
                    f"parameter {name!r} of {self.action} must be of type {parameter.type}, not {shown(value)}",
                )

    def defined(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The params that the definition names, in its order."""
        return {name: params[name] for name in self.parameters if name in params}


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_timestamp(value: Any) -> bool:
    try:
        moments.parse(value)
    except Rejected:
        return False
    return isinstance(value, str | int)


_MATCHES: dict[ParameterType, Callable[[Any], bool]] = {
    ParameterType.STRING: lambda value: isinstance(value, str),
    ParameterType.INTEGER: _is_integer,
    ParameterType.NUMBER: _is_number,
    ParameterType.BOOLEAN: lambda value: isinstance(value, bool),
    ParameterType.TIMESTAMP: _is_timestamp,
    ParameterType.OBJECT: lambda value: isinstance(value, dict),
    ParameterType.ARRAY: lambda value: isinstance(value, list | tuple),
}
