"""The OpenAPI document, made of the routes themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

import footfall

from .documents import Error
from .parameters import ACTION_PATTERN, AFTER, Parameter
from .response import JSON
from .routing import Route

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
        "schema": {"type": "string", "pattern": ACTION_PATTERN},
        "description": "`context.activity`",
    },
}


def document_of(routes: Iterable[Route], root_path: str) -> dict[str, Any]:
    """The document for an app that is mounted at a path."""
    routes = list(routes)
    types = [Error, *(route.answer for route in routes if not isinstance(route.answer, str))]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    error, *answers = schemas
    left = iter(answers)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        content = {route.answer: {}} if isinstance(route.answer, str) else {JSON: {"schema": next(left)}}
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route, content, error)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Footfall", "version": footfall.__version__},
        "servers": [{"url": root_path or "/"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }


def _operation(route: Route, content: Mapping[str, Any], error: Mapping[str, Any]) -> dict[str, Any]:
    refused = {f"{status}": _refusal(status, error) for status in sorted(_statuses(route))}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()} {route.template}",
        "security": _FROM_ANYWHERE if route.is_open else [{"serverKey": []}] if route.scope else [],
        "parameters": [*_path_parameters(route.template), *map(_query_parameter, route.parameters)],
        "responses": {"200": {"description": "The answer.", "content": content}, **refused},
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": route.body}}}
    return operation


def _statuses(route: Route) -> set[int]:
    statuses = {400, 500, 503}
    if route.scope or route.is_open:
        statuses |= {401, 403, 429}
    if route.body is not None:
        statuses |= {408, 413, 415}
    if AFTER in route.parameters or "{action}" in route.template:
        statuses.add(404)
    return statuses


def _refusal(status: int, error: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"description": _REFUSALS[status], "content": {JSON: {"schema": error}}}
    return told | {"headers": _LATER} if status in (429, 503) else told


def _path_parameters(template: str) -> list[dict[str, Any]]:
    names = [step[1:-1] for step in template.split("/") if step.startswith("{")]
    return [{"name": name, "in": "path", "required": True, **_NAMES[name]} for name in names]


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    described = {"name": parameter.name, "in": "query", "description": parameter.description}
    return {**described, "schema": parameter.schema}
