"""From a request to its answer: the route, who may ask, what goes wrong, and the headers of every answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import msgspec

from ...engine.public import EngineClosed
from .asgi import HeaderLines, Message, Receive, Scope, Send
from .cors import headers_for, preflight
from .credentials import check_url, credentials, with_cookie
from .errors import refusal_of
from .incoming import ClientGone, Incoming, has_come
from .parameters import asked
from .parts import Parts
from .refusals import Refusal
from .request import Request
from .response import Response, Stream
from .routes import routes
from .routing import Found

_SECURITY = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
"""Of every answer that does not say otherwise."""
_WITHOUT_BODY = (204, 304)
_NO_ORIGINS = frozenset[str]()
_LINGER_BYTES, _LINGER_SECONDS = 16_000_000, 2.0
"""So much more of a body that nobody wants is read and thrown away, and for so long: who is cut off while sending sees
a broken connection, and no answer."""


async def answer(parts: Parts, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request; there is no answer where its client has left."""
    found = routes.find(scope["path"], scope.get("root_path", ""))
    method = scope["method"]
    where = _where(found, method)
    headers: list[tuple[bytes, bytes]] = []
    incoming = None if has_come(scope) else Incoming(receive)
    try:
        told = await _handled(parts, scope, incoming or receive, found, headers)
    except ClientGone:
        return
    except Refusal as refusal:
        if refusal.code == "origin_not_allowed":  # of which a browser shows its user nothing but "CORS"
            parts.tally.tell_of_origin(dict(scope["headers"]).get(b"origin", b"").decode("latin-1"))
        told = _told(parts, refusal)
    except asyncio.CancelledError:  # so servers cut off, in the end, what takes too long
        closing = _told(parts, refusal_of(EngineClosed("the server is stopping"), ""))
        await _write(closing, method, headers, send, None)
        raise
    except Exception as error:
        told = _told(parts, refusal_of(error, " ".join(where)))
    if isinstance(told, Stream):
        parts.tally.answers[(*where, 200)] += 1
        await told.run(receive, partial(_send_with, headers, send))
        return
    parts.tally.answers[(*where, told.status)] += 1
    unread = incoming if incoming is not None and incoming.is_expected_by(scope) else None
    await _write(told, method, headers, send, unread)


async def _handled(
    parts: Parts, scope: Scope, receive: Receive, found: Found | None, headers: list[tuple[bytes, bytes]]
) -> Response | Stream:
    if found is None:
        raise Refusal(404, "not_found", "there is nothing at this path")
    request = Request(scope, receive, found.arguments)
    check_url(request)
    if found.is_open:
        origin = request.header(b"origin")
        origins = _NO_ORIGINS if origin is None else await parts.admission.origins()
        headers += headers_for(origin, origins)
        if scope["method"] == "OPTIONS" and request.header(b"access-control-request-method") is not None:
            return preflight(origin, origins)
    route = found.route(scope["method"])
    request.asked = asked(request.query, route.parameters)
    if route.scope is not None:
        given = credentials(request)
        given = with_cookie(given, request) if route.takes_cookie else given
        parts.admission.check_scope(await parts.admission.caller(request, given), route.scope)
    return await route.handler(parts, request)


def _where(found: Found | None, method: str) -> tuple[str, str]:
    # Nothing of what a client made up, of which there is no end.
    if found is None or method not in found.by_method:
        return "other", "other"
    return method, found.by_method[method].template


def _told(parts: Parts, refusal: Refusal) -> Response:
    parts.tally.refusals[refusal.code] += 1
    error = {"code": refusal.code, "message": refusal.message, "detail": refusal.detail}
    headers = {"www-authenticate": "Bearer", **refusal.headers} if refusal.status == 401 else refusal.headers
    return Response(msgspec.json.encode(error), refusal.status, headers=headers)


async def _send_with(headers: HeaderLines, send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        message = {**message, "headers": _with_further(message["headers"], headers)}
    await send(message)


async def _write(answer: Response, method: str, headers: HeaderLines, send: Send, unread: Incoming | None) -> None:
    await _begin(answer, headers, send)
    body = b"" if method == "HEAD" else answer.body
    if unread is not None:
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await _linger(unread)
        body = b""
    await send({"type": "http.response.body", "body": body})


async def _begin(answer: Response, headers: HeaderLines, send: Send) -> None:
    own = _lines(answer.headers) if answer.headers else ()
    lines = _with_further(own, headers) if own else [*headers, *_SECURITY]
    if answer.status not in _WITHOUT_BODY:
        lines.append((b"content-type", answer.content_type.encode("latin-1")))
        lines.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})


async def _linger(receive: Receive) -> None:
    left = _LINGER_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _lines(headers: Mapping[str, str]) -> HeaderLines:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _with_further(own: HeaderLines, headers: HeaderLines) -> list[tuple[bytes, bytes]]:
    named = {name for name, _ in own}
    return [*own, *(line for line in (*headers, *_SECURITY) if line[0] not in named)]
