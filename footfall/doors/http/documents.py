"""What answers and bodies look like, beside the documents of the engine, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from ...engine.public import Reason
from .forms import CUSTOMERS, EVENTS, MOST_ITEMS, ORDERS, Kind

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


_OF_ALL = {
    "uuid": "Needed, a UUID: the customer; with a token the one that the token names.",
    "time": "When it was: ISO 8601, in UTC where it says nothing else, or seconds since 1970; unless given, now.",
    "event_id": "A UUID of the sender's, by which a retry is known; without it each is another event.",
}
_FIELDS = {
    EVENTS: {
        "uuid": _OF_ALL["uuid"],
        "action": "Needed, a text: what was done, as `context.activity`; an action that is defined.",
        "params": "An object: the parameters of the action, by their names, and further ones.",
    },
    CUSTOMERS: {
        "uuid": _OF_ALL["uuid"],
        "attributes": "Needed, an object: attributes by their names; null takes one away.",
    },
    ORDERS: {
        "uuid": _OF_ALL["uuid"],
        "order_id": "Needed, a text: the order's number in the shop.",
        "items": "Needed, a list of objects: what was bought, each with its parameters, such as `sku` and `price`.",
        "revenue": "A number: what was paid for all of it.",
        "currency": "A text, such as `EUR`.",
        "params": "An object: further parameters of the charge.",
    },
}


def handed_in(kind: Kind, example: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a body that hands something in. Its properties are described and not bounded: what is wrong with
    one of the things is answered for it by itself, with 200."""
    told = {name: {"description": text} for name, text in {**_FIELDS[kind], **_OF_ALL}.items()}
    one = {
        "description": "One of them. What a rule refuses is answered with its reason.",
        "properties": told,
        "examples": [example],
    }
    several = {"type": "array", "items": one, "maxItems": MOST_ITEMS}
    envelope = {
        "type": "object",
        "description": "A list, and who sends it.",
        "properties": {
            "key": {"type": ["string", "null"], "description": "The public key."},
            "token": {"type": ["string", "null"], "description": "The customer's JWT."},
            kind.plural: several,
        },
        "required": [kind.plural],
        "additionalProperties": False,
    }
    single = {**one, "type": "object", "not": {"required": [kind.plural]}}
    return {"oneOf": [single, several, envelope]}
