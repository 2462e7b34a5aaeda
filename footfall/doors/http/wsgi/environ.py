"""A request as WSGI describes it, in the words of ASGI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..asgi import Scope
from ..incoming import ClientGone
from ..refusals import Refusal

Environ = Mapping[str, Any]


def scope_of(environ: Environ) -> Scope:
    """What was asked."""
    root = _text(environ.get("SCRIPT_NAME", ""))
    return {
        "type": "wsgi",
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "path": root + _text(environ.get("PATH_INFO", "")),
        "root_path": root,
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "headers": list(_headers(environ)),
        "client": (environ.get("REMOTE_ADDR", ""), 0),
    }


def body_of(environ: Environ) -> bytes:
    """The body. Raises `Refusal` (411, 400) where the server was not told its length, and where it ends before;
    `ClientGone` where the connection is broken."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length and _has_body(environ):
        raise Refusal(411, "length_required", "send the length of the body: here it cannot come in chunks")
    try:
        body: bytes = environ["wsgi.input"].read(int(length or 0))
    except OSError:
        raise ClientGone from None
    if len(body) < int(length or 0):
        raise Refusal(400, "incomplete_body", "the body ends before its length: send it again")
    return body


def _has_body(environ: Environ) -> bool:
    return "HTTP_TRANSFER_ENCODING" in environ or environ["REQUEST_METHOD"] in ("POST", "PUT")


def _headers(environ: Environ) -> Iterator[tuple[bytes, bytes]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield _name(name[5:]), value.encode("latin-1")
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield _name(name), value.encode("latin-1")


def _name(name: str) -> bytes:
    return name.lower().replace("_", "-").encode("latin-1")


def _text(wsgi_text: str) -> str:
    # WSGI hands bytes over as if each were a character.
    return wsgi_text.encode("latin-1").decode(errors="replace")
