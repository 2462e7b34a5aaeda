"""What the catalogue knows of one action: label, parameters, access, and whether it counts as session activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import NoneType
from typing import Any, NamedTuple

from .sender import Access

BOT = "bot"
"""The parameter that says of an event, by true, that no person but a bot is behind it."""


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


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an action: its type, and whether an event without it is refused."""

    type: ParameterType
    required: bool = False


_EXACTLY = {
    ParameterType.STRING: str,
    ParameterType.INTEGER: int,
    ParameterType.NUMBER: float,
    ParameterType.BOOLEAN: bool,
    ParameterType.OBJECT: dict,
    ParameterType.ARRAY: list,
}


class Checks(NamedTuple):
    """What is checked of params: the parameters without which an event is refused, and by parameter the type of Python
    whose values are surely of the parameter's; `NoneType` where none is."""

    required: tuple[str, ...]
    exact_types: Mapping[str, type]


class _WorkedOut:
    # No field: it follows from them, and is worked out once, since that takes longer than to check by it.
    __slots__ = ("checks",)
    checks: Checks


@dataclass(frozen=True, slots=True)
class Definition(_WorkedOut):
    """One action as the catalogue describes it at a moment.

    `session_activity`: its events open and prolong sessions; without `bots_in_sessions`, not those of bots.
    """

    action: str
    label: str
    description: str = ""
    parameters: dict[str, Parameter] = field(default_factory=dict)
    access: Access = Access.SERVER
    session_activity: bool = False
    built_in: bool = False
    bots_in_sessions: bool = True

    def __post_init__(self) -> None:
        """Work out what is checked."""
        required = tuple(name for name, parameter in self.parameters.items() if parameter.required)
        types = {name: _EXACTLY.get(parameter.type, NoneType) for name, parameter in self.parameters.items()}
        object.__setattr__(self, "checks", Checks(required, types))

    def __setstate__(self, values: Sequence[Any]) -> None:
        """The same for one that is copied or unpickled."""
        for one, value in zip(fields(self), values, strict=True):
            object.__setattr__(self, one.name, value)
        self.__post_init__()

    def defined(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The params that the definition names, in its order."""
        return {name: params[name] for name in self.parameters if name in params}
