"""The actions that every catalogue starts with."""

from __future__ import annotations

from .actions import (
    CLIENT_LOGIN,
    PAGE_VISIT,
    PRODUCT_BUY,
    SESSION_END,
    SESSION_REVISE,
    SESSION_START,
    TRANSACTION_CHARGE,
)
from .definition import Definition, Parameter, ParameterType
from .sender import Access

_TEXT = Parameter(ParameterType.STRING)
_REQUIRED_TEXT = Parameter(ParameterType.STRING, required=True)
_NUMBER = Parameter(ParameterType.NUMBER)
_TIMESTAMP = Parameter(ParameterType.TIMESTAMP)


def _client(action: str, label: str, parameters: dict[str, Parameter], access: Access = Access.ANONYMOUS) -> Definition:
    return Definition(action, label, "", parameters, access, session_activity=True, built_in=True)


def _server(action: str, label: str, parameters: dict[str, Parameter]) -> Definition:
    return Definition(action, label, "", parameters, Access.SERVER, session_activity=False, built_in=True)


_SESSION = {"sessionId": _TEXT, "startedAt": _TIMESTAMP, "lastActivityAt": _TIMESTAMP}

BUILT_IN: dict[str, Definition] = {
    definition.action: definition
    for definition in (
        _client(PAGE_VISIT, "Visited page {{title}}", {"url": _REQUIRED_TEXT, "title": _TEXT, "referrer": _TEXT}),
        _client("screen.view", "Viewed screen {{name}}", {"name": _TEXT}),
        _client("button.click", "Clicked {{text}}", {"text": _TEXT, "url": _TEXT}),
        _client("product.view", "Viewed product {{name}}", {"sku": _TEXT, "name": _TEXT, "url": _TEXT}),
        _client("client.applicationStarted", "Started application", {"version": _TEXT}),
        _client(CLIENT_LOGIN, "Logged in", {}, Access.AUTHENTICATED),
        _client("form.submit", "Submitted form {{form}}", {"form": _TEXT, "url": _TEXT}, Access.ANONYMOUS_WITH_JWT),
        _server(SESSION_START, "Started session", _SESSION),
        _server(SESSION_END, "Session end", _SESSION),
        _server(SESSION_REVISE, "Session revised", {**_SESSION, "replaces": Parameter(ParameterType.ARRAY)}),
        _server(
            TRANSACTION_CHARGE,
            "Order {{orderId}}",
            {
                "orderId": _REQUIRED_TEXT,
                "items": Parameter(ParameterType.ARRAY, required=True),
                "revenue": _NUMBER,
                "currency": _TEXT,
            },
        ),
        _server(
            PRODUCT_BUY,
            "Bought {{name}}",
            {
                "orderId": _REQUIRED_TEXT,
                "sku": _REQUIRED_TEXT,
                "name": _TEXT,
                "quantity": _NUMBER,
                "price": _NUMBER,
                "currency": _TEXT,
            },
        ),
    )
}
