"""The OpenAPI document, made of the routes themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

import footfall

from .documents import Error
from .parameters import ACTION_SCHEMA, AFTER, KEY
from .response import JSON
from .routing import Route
from .senders import ADMIN, READ

_ABOUT = (
    "Events of customers in, profiles, timelines and sessions out. What is handed in is answered one by one, in order, "
    "after it is stored. Answers that refuse a whole request have a `code` for programs and a `message` for people."
)
_BODY = "JSON in UTF-8, packed by gzip or not; it may come as `text/plain`, too, or without a type, as beacons send it."
_SECURITY = {
    "serverKey": {"type": "http", "scheme": "bearer", "description": "`sk_…`, or as the user of Basic authorization."},
    "publicKey": {"type": "apiKey", "in": "header", "name": "Footfall-Key", "description": "`pk_…`"},
    "publicKeyInQuery": {"type": "apiKey", "in": "query", "name": "key", "description": "`pk_…`, for beacons."},
    "customerToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
}
_FROM_ANYWHERE: list[dict[str, list[str]]] = [
    {"serverKey": []},
    {"publicKey": []},
    {"publicKeyInQuery": []},
    {"publicKey": [], "customerToken": []},
]
_REFUSALS = {
    400: "The request cannot be read; `message` says what to do.",
    401: "No key, or an unknown or revoked one; or a JWT that is not trusted.",
    403: "The key may not do this, or not from this origin.",
    404: "There is nothing of this name.",
    409: "A rule of the catalogue is against it.",
    408: "The body did not come in time.",
    413: "The body has too many bytes, or too many items.",
    415: "The body is neither JSON, nor packed by gzip.",
    429: "Too many events.",
    500: "The server could not answer; its log says why.",
    503: "The store is busy or out of reach: send it again.",
}
_LATER = {"retry-after": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}, "required": True}}
_NAMES = {
    "uuid": {"schema": {"type": "string", "format": "uuid"}, "description": "The customer."},
    "action": {
        "schema": ACTION_SCHEMA,
        "description": "`context.activity`",
    },
}


def document_of(routes: Iterable[Route], root_path: str) -> dict[str, Any]:
    """The document for an app that is mounted at a path."""
    routes = list(routes)
    shapes = _Shapes(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route, shapes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Footfall", "version": footfall.__version__, "description": _ABOUT},
        "servers": [{"url": root_path or "/"}],
        "paths": paths,
        "components": {"schemas": shapes.components, "securitySchemes": _SECURITY},
    }


class _Shapes:
    # JSON schemas of types, and what stands for what has none.
    def __init__(self, routes: Iterable[Route]) -> None:
        types = [one for route in routes for one in (route.answer, route.body) if _is_type(one)]
        found, self.components = msgspec.json.schema_components(
            [Error, *types], ref_template="#/components/schemas/{name}"
        )
        self.error, *others = found
        self._of_types = list(zip(types, others, strict=True))

    def of(self, shape: Any) -> Any:
        """The schema of a type; a schema is its own."""
        return next((schema for known, schema in self._of_types if known == shape), shape)


def _is_type(shape: Any) -> bool:
    return shape is not None and not isinstance(shape, str | Mapping)


def _operation(route: Route, shapes: _Shapes) -> dict[str, Any]:
    refused = {f"{status}": _refusal(status, shapes.error) for status in sorted(_statuses(route))}
    is_media_type = isinstance(route.answer, str)
    content = {route.answer: {}} if is_media_type else {JSON: {"schema": shapes.of(route.answer)}}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "description": _who_may(route),
        "tags": [_tag(route)],
        "operationId": "_".join(re.findall(r"\w+", f"{route.method.lower()} {route.template}")),
        "security": _FROM_ANYWHERE if route.is_open else [{"serverKey": []}] if route.scope else [],
        "parameters": [*_path_parameters(route.template), *_query_parameters(route)],
        "responses": {"200": {"description": "The answer.", "content": content}, **refused},
    }
    if route.body is not None:
        content = {JSON: {"schema": shapes.of(route.body)}}
        operation["requestBody"] = {"required": True, "description": _BODY, "content": content}
    return operation


def _who_may(route: Route) -> str:
    if route.is_open:
        return "With a public key, alone or beside a customer's token, or a server key with the scope `write`."
    return "Needs no key." if route.scope is None else f"Needs a server key with the scope `{route.scope}`."


def _tag(route: Route) -> str:
    if route.is_open:
        return "Handing in"
    if route.scope is None or route.template == "/metrics":
        return "For machines"
    if route.template.startswith("/v1/live"):
        return "Live events"
    return "Reading" if route.scope == READ else "Definitions and rejections"


def _statuses(route: Route) -> set[int]:
    statuses = {400, 500, 503}
    if route.scope or route.is_open:
        statuses |= {401, 403, 429}
    if route.body is not None:
        statuses |= {408, 413, 415}
    if AFTER in route.parameters or (route.method, route.template) == ("GET", "/v1/definitions/{action}"):
        statuses.add(404)
    if route.scope == ADMIN and "{action}" in route.template:
        statuses.add(409)
    return statuses


def _refusal(status: int, error: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"description": _REFUSALS[status], "content": {JSON: {"schema": error}}}
    return told | {"headers": _LATER} if status in (429, 503) else told


def _path_parameters(template: str) -> list[dict[str, Any]]:
    names = [step[1:-1] for step in template.split("/") if step.startswith("{")]
    return [{"name": name, "in": "path", "required": True, **_NAMES[name]} for name in names]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "in": "query", "description": one.description, "schema": one.schema}
        for one in route.parameters
        if one is not KEY  # which is told of as a way to say who sends
    ]
