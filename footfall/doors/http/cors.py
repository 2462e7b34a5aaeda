"""Which pages of other origins may send, and read the answers: those that a public key lists, and no others."""

from __future__ import annotations

from .asgi import HeaderLines
from .refusals import Refusal
from .response import Response

_SECONDS_REMEMBERED = 7_200
"""No browser remembers a preflight for longer."""
_PREFLIGHT = {
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "authorization, content-encoding, content-type, footfall-key",
    "access-control-max-age": str(_SECONDS_REMEMBERED),
}


_VARY = (b"vary", b"Origin")
_EXPOSED = (b"access-control-expose-headers", b"retry-after")


def headers_for(origin: str | None, origins: frozenset[str]) -> HeaderLines:
    """Those of an answer, of an error too: without them a page is told nothing but that it failed."""
    if origin is None or origin not in origins:
        return (_VARY,)
    return (_VARY, (b"access-control-allow-origin", origin.encode("latin-1")), _EXPOSED)


def preflight(origin: str | None, origins: frozenset[str]) -> Response:
    """The answer to a browser that asks whether a page may send. Raises `Refusal` (403) where it may not."""
    if origin not in origins:
        raise Refusal(403, "origin_not_allowed", "no public key may be used by pages of this origin")
    return Response(status=204, headers=_PREFLIGHT)
