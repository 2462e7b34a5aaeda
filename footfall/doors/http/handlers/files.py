"""Files that anybody may have: the tracker, and what the routes are."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

import msgspec

from ..openapi import document_of
from ..parts import Parts
from ..request import Request
from ..response import Response
from ..routing import Handler, Route

_TRACKER = Path(__file__).parents[1] / "tracker" / "footfall.js"
_HOUR = "public, max-age=3600"
_NOT_AT_ALL = re.compile(rb"\s*q\s*=\s*0(\.0*)?\s*")


async def tracker(_parts: Parts, request: Request) -> Response:
    """The tracker, for pages of any origin."""
    packs = _takes_gzip(request.headers.get(b"accept-encoding", b""))
    body, tag = _tracker(packs)
    headers = {
        "etag": tag,
        "cache-control": _HOUR,
        "vary": "Accept-Encoding",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    if tag in (request.header(b"if-none-match") or ""):
        return Response(status=304, headers=headers)
    if packs:
        headers["content-encoding"] = "gzip"
    return Response(body, content_type="text/javascript; charset=utf-8", headers=headers)


def _takes_gzip(accepted: bytes) -> bool:
    weights = {
        name.strip(): weight for name, _, weight in (one.partition(b";") for one in accepted.lower().split(b","))
    }
    return b"gzip" in weights and _NOT_AT_ALL.fullmatch(weights[b"gzip"]) is None


@cache
def _tracker(packed: bool) -> tuple[bytes, str]:
    text = _TRACKER.read_bytes()
    body = gzip.compress(text, mtime=0) if packed else text
    return body, f'"{sha256(body).hexdigest()[:32]}"'


def openapi_of(routes: Callable[[], Iterable[Route]]) -> Handler:
    """What answers with the OpenAPI document of `routes`, of which it is one, wherever the app is mounted."""

    @lru_cache(8)
    def written(root_path: str) -> bytes:
        # Kept, since anybody may ask for it, and making it takes longer than taking a hundred events in.
        return msgspec.json.encode(document_of(routes(), root_path))

    async def openapi(_parts: Parts, request: Request) -> Response:
        # Programs that show such documents are pages themselves.
        headers = {"access-control-allow-origin": "*"}
        return Response(written(request.scope.get("root_path", "")), headers=headers)

    return openapi
