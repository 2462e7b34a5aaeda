"""What answers and bodies look like, beside the documents of the engine, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from ...engine.public import Reason
from .forms import MOST_ITEMS, Kind

_REASONS = {"enum": [*(str(one) for one in Reason), "prefetch", None]}


class Outcome(msgspec.Struct):
    """What became of one thing that was handed in: a `Result` of the engine; `dropped` where nobody has seen the page
    that sends it."""

    status: Literal["accepted", "duplicate", "rejected", "dropped"]
    event_id: str | None
    reason: Annotated[str | None, msgspec.Meta(extra_json_schema=_REASONS)]
    detail: str


class Results(msgspec.Struct):
    """An answer to each thing that was handed in, in order, after commit."""

    results: list[Outcome]


class Undefined(msgspec.Struct):
    """An action that is not defined any more."""

    action: str
    defined: bool


class Redriven(msgspec.Struct):
    """What became of rejections that were handed in again, and of customers that a view was parked for."""

    accepted: int
    duplicate: int
    rejected: int
    healed: int
    still_parked: int
    reasons: dict[str, int]


class LiveCookie(msgspec.Struct):
    """How many seconds the cookie is good for that came with this."""

    expires_in: int


class Health(msgspec.Struct):
    """Whether it is well."""

    status: str


class Error(msgspec.Struct):
    """Why a request was not answered: `code` for programs, `message` and `detail` for people."""

    code: str
    message: str
    detail: str


def handed_in(kind: Kind, example: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a body that hands something in. What one of the things must be is no part of it: that is answered
    for each by itself, with 200."""
    one = {"description": "One of them. What a rule refuses is answered with its reason.", "examples": [example]}
    several = {"type": "array", "items": one, "maxItems": MOST_ITEMS}
    envelope = {
        "type": "object",
        "properties": {
            "key": {"type": ["string", "null"], "description": "The public key."},
            "token": {"type": ["string", "null"], "description": "The customer's JWT."},
            kind.plural: several,
        },
        "required": [kind.plural],
        "additionalProperties": False,
    }
    single = {"type": "object", "not": {"required": [kind.plural]}, "examples": [example]}
    return {"oneOf": [single, several, envelope]}
