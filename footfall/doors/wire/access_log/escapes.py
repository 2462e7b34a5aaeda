"""How servers write what must not stand in a line as it is, undone: the bytes that the client sent."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

Undo = Callable[[bytes], bytes]

_HEX = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_ANY = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|([bfnrtv"\\]))')
_HASH = re.compile(rb"#([0-9A-Fa-f]{2})")
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b'"': b'"', b"\\": b"\\"}


def undo_any(text: bytes) -> bytes:
    """`\\xHH`, `\\"`, `\\\\` and the letters of C (Apache's `ap_escape_logitem`). A backslash before anything else was
    not escaped, and stays. Since nginx writes `\\xHH` alone, its lines come out right, too."""
    return _ANY.sub(_letter_or_byte, text) if b"\\" in text else text


def undo_hex(text: bytes) -> bytes:
    """`\\xHH` alone (nginx's `escape=default`, h2o)."""
    return _HEX.sub(_byte, text) if b"\\" in text else text


def undo_quotes(text: bytes) -> bytes:
    """`\\"` alone (gunicorn): every other backslash is the client's."""
    return text.replace(b'\\"', b'"')


def undo_hashes(text: bytes) -> bytes:
    """`#HH` (HAProxy's configuration manual, "Non-printable characters")."""
    return _HASH.sub(_byte, text) if b"#" in text else text


def undo_nothing(text: bytes) -> bytes:
    """Nothing is escaped (Squid's `combined`, hypercorn)."""
    return text


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _letter_or_byte(found: re.Match[bytes]) -> bytes:
    return _LETTERS[found[2]] if found[1] is None else _byte(found)


def _percent(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(f"%{byte:02X}" for byte in error.object[error.start : error.end]), error.end


codecs.register_error("footfall.percent", _percent)


def text_of(sent: bytes) -> str:
    """Bytes of a url as text: UTF-8, and what is none, or NUL, percent-encoded as a browser would have done it."""
    return sent.decode(errors="footfall.percent").replace("\0", "%00")
