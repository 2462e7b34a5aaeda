"""The requests that every server was sent, to the byte. All are valid; some are odd."""

from __future__ import annotations

from base64 import b64encode
from typing import NamedTuple

SITE = "https://shop.example"
CLIENTS = {"A": "198.51.100.7", "B": "203.0.113.9", "V6": "2001:db8::7"}
"""The addresses that stand in the recorded logs for the loopback addresses of those who asked."""


class Request(NamedTuple):
    """What was sent, and by whom; `page` tells whether a server that takes it answers with a page."""

    name: str
    target: bytes
    agent: bytes | None = b"UA/1"
    referrer: bytes | None = None
    client: str = "A"
    page: bool = True
    method: bytes = b"GET"
    version: bytes = b"1.1"
    headers: tuple[bytes, ...] = ()
    leaves: bool = False

    @property
    def sent(self) -> bytes:
        """The whole request."""
        lines = [b"%s %s HTTP/%s" % (self.method, self.target, self.version), b"Host: shop.example"]
        lines += [] if self.agent is None else [b"User-Agent: " + self.agent]
        lines += [] if self.referrer is None else [b"Referer: " + self.referrer]
        body = b"x=1" if self.method == b"POST" else b""
        lines += [b"Content-Length: 3", b"Content-Type: application/x-www-form-urlencoded"] if body else []
        return b"\r\n".join([*lines, *self.headers, b"Connection: close", b"", body])


def _as_user(name: bytes) -> tuple[bytes, ...]:
    return (b"Authorization: Basic " + b64encode(name + b":secret"),)


REQUESTS = (
    Request("plain", b"/plain?x=1"),
    Request("again", b"/again", referrer=b"https://shop.example/plain?x=1"),
    Request("other-client", b"/other-client", client="B"),
    Request("ipv6", b"/ipv6", client="V6"),
    Request("utf-8", "/utf-8/café?x=€".encode(), agent="Café/1".encode(), referrer="https://r.example/ü".encode()),
    Request("latin-1", b"/latin-1/caf\xe9", agent=b"Caf\xe9/1"),
    Request("percent", b"/percent/caf%C3%A9?x=%E2%82%AC&y=%22%5C"),
    Request("quotes", b'/quotes/a"b?c=\\d', agent=b'Agent "q"/1', referrer=b'https://r.example/?q="a b"'),
    Request("hashes", b"/hashes?a={b|c}&d=%23e", agent=b"Agent #1 {2|3}", referrer=b"https://r.example/#top"),
    Request(
        "backslashes",
        b"/backslashes\\x41\\t?c=\\\\",
        agent=b"Agent C:\\new\\tools",
        referrer=b"https://r.example/\\x41",
    ),
    Request("backslash-last", b"/backslash-last", agent=b"Agent C:\\dir\\"),
    Request("agent-tab", b"/agent-tab", agent=b"Agent\ttab/1"),
    Request("agent-none", b"/agent-none", agent=None),
    Request("agent-like-a-line", b"/agent-like-a-line", agent=b'[05/Mar/2026:12:00:00 +0000] "GET /no HTTP/1.1" 200 1'),
    Request("referrer-empty", b"/referrer-empty", referrer=b""),
    Request("user", b"/user", headers=_as_user(b"alice")),
    Request("user-brackets", b"/user-brackets", headers=_as_user(b"x] [y")),
    Request("user-quotes", b"/user-quotes", headers=_as_user('a "b" \\c é'.encode())),
    Request("forwarded", b"/forwarded", headers=(b"X-Forwarded-For: 198.51.100.7, 10.0.0.2",)),
    Request("space", b"/space/a b"),
    Request("absolute", b"http://shop.example/absolute?x=1"),
    Request("http-1.0", b"/http-1.0", version=b"1.0"),
    Request("redirect", b"/redirect", page=False),
    Request("missing", b"/missing", page=False),
    Request("style", b"/style.css", page=False),
    Request("manifest", b"/site.webmanifest", page=False),
    Request("head", b"/head", method=b"HEAD", page=False),
    Request("post", b"/post", method=b"POST", page=False),
    Request("gone", b"/gone", page=False, leaves=True),
)
