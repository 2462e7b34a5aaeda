"""Which pages of other origins may send, and read the answers: those that a public key lists, and no others."""

from __future__ import annotations

from .refusals import Refusal
from .request import Request
from .response import Response
from .senders import Senders

_SECONDS_REMEMBERED = 7_200
"""No browser remembers a preflight for longer."""
_HEADERS = "authorization, content-encoding, content-type, footfall-key"


def preflight(request: Request, senders: Senders) -> Response:
    """The answer to a browser that asks whether a page may send. Raises `Refusal` (403) where it may not."""
    origin = request.header(b"origin")
    if origin is None or not senders.allows(origin):
        raise Refusal(403, "origin_not_listed", "no public key lists this origin")
    headers = {
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": _HEADERS,
        "access-control-max-age": str(_SECONDS_REMEMBERED),
    }
    return Response(status=204, headers=headers)


def headers_for(origin: str | None, senders: Senders) -> dict[str, str]:
    """Those of an answer, of an error too: without them a page is told nothing but that it failed."""
    if origin is None or not senders.allows(origin):
        return {"vary": "Origin"}
    return {
        "vary": "Origin",
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "retry-after",
    }
