"""What is handed in: events, attributes of customers, orders."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal
from uuid import UUID

import msgspec

from ....domain.sender import Sender
from ..body import decoded, read_body
from ..credentials import Credentials, credentials
from ..forms import CUSTOMERS, EVENTS, ORDERS, HandedOver, Kind, opened
from ..parts import Parts
from ..request import Request
from ..response import Response
from ..senders import WRITE, Caller

_NOBODY = UUID(int=0)
"""Stands for the customer of what names none, which is refused whoever sends it."""

_encode = msgspec.json.Encoder().encode


class Dropped(msgspec.Struct, frozen=True):
    """The answer to what is not looked at, because nobody has seen the page that sends it."""

    event_id: str | None
    status: Literal["dropped"] = "dropped"
    reason: Literal["prefetch"] = "prefetch"
    detail: str = "sent by a page that is fetched in advance: send it once the page is shown"


async def _take(parts: Parts, request: Request, kind: Kind) -> Response:
    given = credentials(request)
    caller = await _let_in(parts, request, given) if given.key is not None else None
    body = decoded(await read_body(request, parts.body_time))
    handed = opened(body, kind)
    own = given.with_own(handed.key, handed.token)
    if caller is None or own != given:
        caller = await _let_in(parts, request, own)
    if not caller.is_server and _is_prefetch(request):
        return _drop(parts, handed)
    customers = _customers(handed.items, caller)
    parts.admission.count(request, caller, customers)
    senders = _senders(caller, customers)
    items = handed.items
    if kind is EVENTS and not caller.is_server and b"origin" in request.headers:  # which apps do not send
        items = await parts.page_facts.told(items, request.headers, request.address)
    results = await parts.batcher.submit(kind.kind, items, senders) if items else []
    return Response(_encode({"results": results}))


take_events = partial(_take, kind=EVENTS)
take_customers = partial(_take, kind=CUSTOMERS)
take_orders = partial(_take, kind=ORDERS)


async def _let_in(parts: Parts, request: Request, given: Credentials) -> Caller:
    caller = await parts.admission.caller(request, given)
    if caller.is_server:
        parts.admission.check_scope(caller, WRITE)
    return caller


def _customers(items: list[Any], caller: Caller) -> list[UUID | None]:
    if caller.is_server:
        return [None] * len(items)
    if caller.token is not None:
        return [caller.token.customer] * len(items)
    return [_uuid_in(item, "uuid") for item in items]


def _uuid_in(item: Any, field: str) -> UUID | None:
    given = item.get(field) if isinstance(item, dict) else None
    try:
        return msgspec.convert(given, UUID)  # as the engine reads it
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


def _senders(caller: Caller, customers: list[UUID | None]) -> list[Sender]:
    if caller.is_server:
        return [caller.sender_for(_NOBODY)] * len(customers)
    return [caller.sender_for(customer or _NOBODY) for customer in customers]


def _is_prefetch(request: Request) -> bool:
    return request.headers.get(b"sec-purpose", b"").lower().startswith(b"prefetch")


def _drop(parts: Parts, handed: HandedOver) -> Response:
    parts.tally.dropped["prefetch"] += len(handed.items)
    return Response(_encode({"results": [Dropped(_id_of(item)) for item in handed.items]}))


def _id_of(item: Any) -> str | None:
    # Only what is one: of other texts there are some (lone surrogates) that no answer can hold.
    return item["event_id"] if _uuid_in(item, "event_id") is not None else None
