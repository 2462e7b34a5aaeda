"""The three forms of a body that hands something in: one object, a list of them, an envelope around a list."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...engine.public import SubmissionKind
from .refusals import Refusal

MOST_ITEMS = 1_000


class Kind(NamedTuple):
    """What is handed in: what the engine calls it, and what an envelope calls a list of it."""

    kind: SubmissionKind
    plural: str


EVENTS = Kind(SubmissionKind.EVENT, "events")
CUSTOMERS = Kind(SubmissionKind.ATTRIBUTES, "customers")
ORDERS = Kind(SubmissionKind.ORDER, "orders")
_PLURALS = frozenset(kind.plural for kind in (EVENTS, CUSTOMERS, ORDERS))


class HandedOver(NamedTuple):
    """What a body holds, with the key and the token of an envelope."""

    items: list[Any]
    key: str | None = None
    token: str | None = None


def opened(body: Any, kind: Kind) -> HandedOver:
    """What a body hands in. Raises `Refusal` (400, 413) where the form is none of the three."""
    if isinstance(body, list):
        return HandedOver(_bounded(body, kind))
    if not isinstance(body, dict):
        raise Refusal(400, "invalid_body", f"send one object, a list of them, or {_envelope(kind)}")
    if kind.plural not in body:
        if "uuid" not in body and len(others := _PLURALS & body.keys()) == 1:
            (other,) = others
            raise Refusal(400, "invalid_body", f"what has {other!r} goes to /v1/{other}; here, send {_envelope(kind)}")
        return HandedOver([body])
    further = body.keys() - {kind.plural, "key", "token"}
    key, token = body.get("key"), body.get("token")
    if further or not isinstance(body[kind.plural], list) or not _texts(key, token):
        raise Refusal(400, "invalid_body", f"what has {kind.plural!r} is {_envelope(kind)}, and has nothing else")
    return HandedOver(_bounded(body[kind.plural], kind), key, token)


def _texts(*values: Any) -> bool:
    return all(value is None or isinstance(value, str) for value in values)


def _bounded(items: list[Any], kind: Kind) -> list[Any]:
    if len(items) > MOST_ITEMS:
        raise Refusal(413, "too_many", f"at most {MOST_ITEMS:,} {kind.plural} at a time, not {len(items):,}")
    return items


def _envelope(kind: Kind) -> str:
    return f'an envelope, {{"key": "pk_…", "token": "…", "{kind.plural}": […]}}'
