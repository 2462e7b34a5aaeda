"""Bodies of requests: read within bounds of size and time, unpacked, and made into what JSON says."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from .body_time import BodyTime
from .incoming import ClientGone, has_come
from .refusals import Refusal
from .request import Request

MOST_BYTES = 1_000_000
"""Of a body, as it comes and unpacked."""

_CLOSE = {"connection": "close"}  # the rest of the body is not read, and so the connection is of no more use
_GZIP = b"\x1f\x8b"
_GZIP_FORMAT = 31  # what zlib calls 15 bits and a header of gzip
_MOST_DIGITS = 640
_ENCODINGS = {"", "identity", "gzip", "x-gzip"}
_TYPES = {"", "application/json", "text/plain"}
_CHARSETS = {"utf-8", "utf8", "us-ascii"}

_decode = msgspec.json.Decoder().decode


async def read_body(request: Request, time: BodyTime) -> bytes:
    """The body as it came, unpacked.

    Raises `Refusal`: 400, 408, 413, 415; `EngineClosed` where the door ends; and `ClientGone`.
    """
    encoding = _checked(request.headers.get(b"content-type", b""), request.headers.get(b"content-encoding", b""))
    _check_length(request)
    body = await _received(request, time)
    if encoding.endswith("gzip") or body.startswith(_GZIP):  # a beacon cannot have a header that says so
        return _unpacked(body)
    return body


def decoded(body: bytes) -> Any:
    """What a body says. What only Python's reader takes (NaN, 1e999, lone surrogates) is left to the rules for events,
    which refuse the one event that holds it. Raises `Refusal` (400)."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(body.decode(), parse_int=_integer)
    except RecursionError:
        raise Refusal(400, "invalid_json", "the body is nested too deep: 10 levels are the most") from None
    except ValueError as error:
        said = "the body is empty" if not body.strip() else "the body is not JSON"
        raise Refusal(400, "invalid_json", f"{said}: send one JSON document in UTF-8", f"{error}"[:200]) from None


def _integer(written: str) -> float:
    # Python may be set to read no more digits. Infinity is refused with the one event that holds it.
    return int(written) if len(written) <= _MOST_DIGITS else float(written)


@lru_cache(20)
def _checked(content_type: bytes, encoding: bytes) -> str:
    _check_type(content_type.decode("latin-1"))
    return _known_encoding(encoding.decode("latin-1").strip().lower())


def _check_type(content_type: str) -> None:
    kind, _, options = content_type.partition(";")
    name, _, charset = options.strip().lower().partition("=")
    known = kind.strip().lower() in _TYPES and (name.strip() != "charset" or charset.strip(' "') in _CHARSETS)
    if not known:
        raise Refusal(
            415,
            "unsupported_media_type",
            "send JSON in UTF-8: Content-Type application/json, text/plain, or none",
            headers={"accept": "application/json, text/plain"},
        )


def _known_encoding(encoding: str) -> str:
    if encoding not in _ENCODINGS:
        raise Refusal(
            415,
            "unsupported_encoding",
            "send the body as it is, or packed by gzip once",
            headers={"accept-encoding": "gzip"},
        )
    return encoding


def _check_length(request: Request) -> None:
    length = request.headers.get(b"content-length")
    if length is None:
        return
    if b"transfer-encoding" in request.headers:
        raise Refusal(400, "ambiguous_length", "send Content-Length or Transfer-Encoding, not both", headers=_CLOSE)
    if not length.isdigit():
        raise Refusal(400, "invalid_length", "Content-Length must be a number of bytes", headers=_CLOSE)
    if len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES:
        raise _too_large()


async def _received(request: Request, time: BodyTime) -> bytes:
    if has_come(request.scope):
        return await _joined(request, lambda _: None)
    return await time.bound(lambda came: _joined(request, came))


async def _joined(request: Request, came: Callable[[int], object]) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        is_whole = not message.get("more_body", False)
        if size > MOST_BYTES:
            raise _too_large()
        parts.append(part)
        if is_whole:
            return parts[0] if len(parts) == 1 else b"".join(parts)
        came(size)


def _unpacked(packed: bytes) -> bytes:
    reader = zlib.decompressobj(_GZIP_FORMAT)
    try:
        body = reader.decompress(packed, MOST_BYTES + 1)
    except zlib.error as error:
        raise Refusal(400, "invalid_gzip", "the body is not what gzip makes", f"{error}") from None
    if len(body) > MOST_BYTES:
        raise _too_large()
    if not reader.eof:
        raise Refusal(400, "invalid_gzip", "the packed body ends too early")
    if reader.unused_data:
        raise Refusal(400, "invalid_gzip", "something follows the packed body: pack it in one piece")
    return body


def _too_large() -> Refusal:
    said = f"a body has at most {MOST_BYTES:,} bytes, also unpacked: send less at a time"
    return Refusal(413, "body_too_large", said, headers=_CLOSE)
