"""Parameters of queries: how each is read, and how the OpenAPI document describes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ...domain.errors import InvalidArgument
from ...engine.arguments import moment_of, reason_named
from ...engine.public import Reason
from ..wire.conditions import attributes_written, counts_written
from .refusals import Refusal

ACTION_SCHEMA = {"type": "string", "maxLength": 32, "pattern": r"^[A-Za-z0-9._-]+\.[A-Za-z0-9._-]+$"}
MOST_ROWS = 1_000
ROWS = 100


_OFFSET = re.compile(r"([T ]\d\d:?\d\d[\d:.,]*) (\d\d(?::?\d\d)?)$", re.ASCII)
"""A `+` that was not written as %2B, which queries take for a blank."""
_IN_RANGE = r"^(?!0001-01-01.*[+]|9999-12-31.*-[0-9:]+$)"
"""Of moments that are written as ISO 8601 has them, these may lie outside the years 1 to 9999, in UTC."""
_WHERE = (
    r"^((?!!$)[^=<>\x00]+"  # set, or with ! not set
    r"|[^=<>\x00]*[^=<>!\x00]=(?![=<>])[^\x00]*"
    r"|[^=<>\x00]+(>=|<=|>(?!=)|<(?![=>]))(?!\s*(true|false|null)\s*$)[^=\[{\x00][^\x00]*)$"
)
_NUMBER = r"[ \t\n\r]*-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?[ \t\n\r]*"
_COUNT = rf"^((?!!$)[^=<>\x00]+|([^=<>\x00]*[^=<>!\x00]=|[^=<>\x00]+[<>]=?){_NUMBER})$"


class Parameter(NamedTuple):
    """A parameter with its JSON schema. `read` makes of the texts that were given what the engine takes as its
    `argument`; it raises `InvalidArgument`."""

    name: str
    schema: Mapping[str, Any]
    description: str
    read: Callable[[Sequence[str]], Any]
    argument: str = ""
    default: Any = None
    repeatable: bool = False


def asked(query: Mapping[str, Sequence[str]], known: Sequence[Parameter]) -> dict[str, Any]:
    """The arguments for the engine. Raises `Refusal` (400) for a parameter that is not known, given twice, or not what
    it must be."""
    if not query:
        return {one.argument or one.name: one.default for one in known}
    names = [one.name for one in known]
    for name in query:
        if name not in names:
            there_are = f"it takes {', '.join(names)}" if names else "it takes none"
            raise Refusal(400, "unknown_parameter", f"there is no parameter {name[:60]!r} here; {there_are}")
    return {one.argument or one.name: _value(one, query.get(one.name)) for one in known}


def _value(parameter: Parameter, given: Sequence[str] | None) -> Any:
    if given is None:
        return parameter.default
    if len(given) > 1 and not parameter.repeatable:
        raise Refusal(400, "invalid_argument", f"{parameter.name} is given {len(given)} times: give it once")
    try:
        return parameter.read(given)
    except InvalidArgument as error:
        raise Refusal(400, "invalid_argument", f"{parameter.name}: {error}") from None


def _moment(given: Sequence[str]) -> str:
    moment = _OFFSET.sub(r"\1+\2", given[0])
    moment_of(moment)
    return moment


def _flag(given: Sequence[str]) -> bool:
    if given[0] not in ("true", "false"):
        raise InvalidArgument(f"it is true or false, not {given[0][:60]!r}")
    return given[0] == "true"


def _rows(given: Sequence[str]) -> int:
    text = given[0]
    if text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= len(str(MOST_ROWS)):
        rows = int(text)
        if rows <= MOST_ROWS:
            return rows
    raise InvalidArgument(f"it is a number of rows from 1 to {MOST_ROWS}, not {text[:60]!r}")


def _text(given: Sequence[str]) -> str:
    return given[0]


def _reason(given: Sequence[str]) -> Reason:
    return reason_named(given[0])


def _time(name: str, description: str) -> Parameter:
    return Parameter(name, {"type": "string", "format": "date-time", "pattern": _IN_RANGE}, description, _moment)


def _switch(name: str, description: str, default: bool | None = False) -> Parameter:
    return Parameter(name, {"type": "boolean"}, description, _flag, default=default)


LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": ROWS},
    "At most this many rows.",
    _rows,
    default=ROWS,
)
AFTER = Parameter("after", {"type": "string"}, "Go on behind the row of this `cursor`.", _text)
AS_OF = _time("as_of", "As it stood at this moment.")
SINCE = _time("since", "At or after this moment.")
UNTIL = _time("until", "Before this moment.")
RAW = _switch("raw", "Show parameters that no definition names, too.")
OPEN_ONLY = _switch("open_only", "Only those that are open now.")
FRESH = _switch("fresh", "Whether the view catches up with the log first; unless said, on SQLite only.", None)
REASON = Parameter(
    "reason", {"type": "string", "enum": [str(one) for one in Reason]}, "Only rejections of this reason.", _reason
)
WHERE = Parameter(
    "where",
    {"type": "array", "items": {"type": "string", "pattern": _WHERE}},
    "Only with this attribute: `plan=gold`, `age>=18`, `email`, `!email`.",
    attributes_written,
    "attributes",
    repeatable=True,
)
COUNT = Parameter(
    "count",
    {"type": "array", "items": {"type": "string", "pattern": _COUNT}},
    "Only who did this so often: `page.visit>=3`, `page.visit`, `!page.visit`.",
    counts_written,
    "counts",
    repeatable=True,
)
KEY = Parameter("key", {"type": "string"}, "The public key, for whoever cannot send headers.", _text)
CUSTOMER = Parameter("customer", {"type": "string", "format": "uuid"}, "Only of this customer.", _text)
ACTION = Parameter(
    "action",
    {"type": "array", "items": ACTION_SCHEMA},
    "Only these actions.",
    list,
    repeatable=True,
)
