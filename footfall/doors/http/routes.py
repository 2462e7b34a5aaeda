"""Every route there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.answers import PageVisit, Profile, ProfileRow, RejectionRow, SessionRow, StoreStatus, TimelineEntry
from ...engine.public import Definition
from .documents import Health, LiveCookie, Redriven, Results, Undefined, handed_in
from .forms import CUSTOMERS, EVENTS, ORDERS, Kind
from .handlers import customers, definitions, files, operation, writes
from .handlers.definitions import DefinitionBody
from .parameters import (
    ACTION,
    AFTER,
    AS_OF,
    COUNT,
    CUSTOMER,
    FRESH,
    KEY,
    LIMIT,
    OPEN_ONLY,
    RAW,
    REASON,
    SINCE,
    UNTIL,
    WHERE,
    Parameter,
)
from .routing import Handler, Route, Routes
from .senders import ADMIN, READ

_ALICE = "3f2b8c1e-7a54-4b8e-9d3c-5e1f0a6b7c8d"
_EVENT = {"uuid": _ALICE, "action": "page.visit", "params": {"url": "https://shop.example/", "title": "Tea"}}
_ATTRIBUTES = {"uuid": _ALICE, "attributes": {"plan": "gold"}}
_ORDER = {"uuid": _ALICE, "order_id": "1042", "items": [{"sku": "tea-1", "price": 6.5}], "revenue": 6.5}
_OF_CUSTOMER = "/v1/customers/{uuid}"


def _hands_in(path: str, handler: Handler, summary: str, kind: Kind, example: Mapping[str, Any]) -> Route:
    body = handed_in(kind, example)
    return Route("POST", path, handler, summary, Results, parameters=(KEY,), body=body, is_open=True)


def _reads(path: str, handler: Handler, summary: str, answer: Any, *parameters: Parameter) -> Route:
    return Route("GET", path, handler, summary, answer, READ, parameters)


ROUTES: tuple[Route, ...] = (
    _hands_in("/v1/events", writes.take_events, "Record events", EVENTS, _EVENT),
    _hands_in("/v1/customers", writes.take_customers, "Record attributes of customers", CUSTOMERS, _ATTRIBUTES),
    _hands_in("/v1/orders", writes.take_orders, "Record orders", ORDERS, _ORDER),
    _reads(f"{_OF_CUSTOMER}/profile", customers.profile, "A customer's profile", Profile, AS_OF),
    _reads(
        f"{_OF_CUSTOMER}/timeline",
        customers.timeline,
        "What a customer did, the newest first",
        list[TimelineEntry],
        *(SINCE, UNTIL, LIMIT, AFTER, RAW),
    ),
    _reads(
        f"{_OF_CUSTOMER}/sessions",
        customers.sessions,
        "A customer's sessions, the newest first",
        list[SessionRow],
        *(SINCE, UNTIL, OPEN_ONLY, LIMIT, AFTER, FRESH),
    ),
    _reads(
        f"{_OF_CUSTOMER}/visits",
        customers.visits,
        "A customer's page visits, the newest first",
        list[PageVisit],
        *(LIMIT, AFTER, FRESH),
    ),
    _reads(
        "/v1/profiles",
        customers.profiles,
        "Customers, the last seen first",
        list[ProfileRow],
        *(WHERE, COUNT, SINCE, UNTIL, LIMIT, AFTER, FRESH),
    ),
    _reads(
        "/v1/sessions",
        customers.sessions,
        "Sessions of all customers, the newest first",
        list[SessionRow],
        *(SINCE, UNTIL, OPEN_ONLY, LIMIT, AFTER, FRESH),
    ),
    _reads("/v1/definitions", definitions.definitions, "All definitions, by action", list[Definition], AS_OF),
    _reads("/v1/definitions/{action}", definitions.definition, "One definition", Definition, AS_OF),
    Route(
        "PUT",
        "/v1/definitions/{action}",
        definitions.define,
        "Define an action, or change what is given of one that is defined",
        Definition,
        ADMIN,
        body=DefinitionBody,
    ),
    Route(
        "DELETE",
        "/v1/definitions/{action}",
        definitions.undefine,
        "Take a definition out of the catalogue",
        Undefined,
        ADMIN,
    ),
    _reads(
        "/v1/rejections",
        operation.rejections,
        "What was refused and why, the oldest first",
        list[RejectionRow],
        *(REASON, LIMIT, AFTER),
    ),
    Route(
        "POST",
        "/v1/rejections/redrive",
        operation.redrive,
        "Hand in again what was refused",
        Redriven,
        ADMIN,
        (REASON,),
    ),
    _reads("/v1/status", operation.status, "How the store fares", StoreStatus),
    Route(
        "GET",
        "/v1/live",
        operation.live,
        "Events as they are committed",
        "text/event-stream",
        READ,
        (CUSTOMER, ACTION, AFTER),
        takes_cookie=True,
    ),
    Route("POST", "/v1/live/cookie", operation.allow_live, "A cookie with the key, for EventSource", LiveCookie, READ),
    _reads("/metrics", operation.metrics, "What this process counts, for Prometheus", "text/plain"),
    Route("GET", "/healthz", operation.alive, "Whether the process answers", Health),
    Route("GET", "/readyz", operation.ready, "Whether the store answers", Health),
    Route("GET", "/openapi.json", files.openapi_of(lambda: ROUTES), "This document", dict[str, Any]),
    Route("GET", "/footfall.js", files.tracker, "The tracker for pages", "text/javascript"),
)

routes = Routes(ROUTES)
