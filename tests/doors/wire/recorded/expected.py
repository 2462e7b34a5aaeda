"""What must come of each line of the recorded logs: what the client sent, but where the server wrote something else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .requests import CLIENTS, REQUESTS, SITE, Request

HERE = Path(__file__).parent
FORMATS = {
    "nginx": "nginx",
    "apache": "apache",
    "apache_vhost": "vhost_combined",
    "lighttpd": "apache",
    "varnish": "apache",
    "squid": "squid",
    "haproxy": "haproxy",
    "h2o": "nginx",
    "gunicorn": "gunicorn",
    "gunicorn_unix": "gunicorn",
    "hypercorn": "hypercorn",
    "twisted": "apache",
    "cherrypy": "apache",
    "morgan": "apache",
}
"""The format that each server's log is read in."""

ALSO_COMBINED = {"nginx", "apache", "lighttpd", "varnish", "twisted", "morgan"}
"""Those that `combined`, of an unknown server, reads to the last letter as well."""


class Visit(NamedTuple):
    """A page visit; `client` is its address and agent, as bytes."""

    url: str
    referrer: str | None
    client: tuple[str, bytes]


REFUSED = {
    "nginx": {"space"},
    "apache": {"space"},
    "apache_vhost": {"space"},
    "varnish": {"space"},
    "haproxy": {"utf-8", "latin-1", "space"},
    "gunicorn": {"space"},
    "gunicorn_unix": {"space"},
    "cherrypy": {"utf-8", "latin-1", "space"},
}
"""Requests that a server answered with an error."""

UNWRITTEN = {
    "h2o": {"space"},
    "gunicorn": {"utf-8", "latin-1", "space"},
    "gunicorn_unix": {"utf-8", "latin-1", "space"},
    "hypercorn": {"utf-8", "latin-1", "space"},
    "twisted": {"utf-8", "latin-1", "space", "gone"},
    "cherrypy": {"utf-8", "latin-1", "space"},
    "morgan": {"utf-8", "latin-1", "space"},
}
"""Requests of which a server wrote nothing, most of them since it refused them."""

WAITED_FOR = set(FORMATS) - {"nginx", "squid", "twisted", "morgan"}
"""Servers that write 200 of a page whose reader went away before it came."""

NO_QUERY = {"squid", "hypercorn"}
"""Servers that leave the query out: Squid but for the question mark (`strip_query_terms`)."""

URLS = {
    ("squid", "space"): "/space/ab",
    ("hypercorn", "percent"): "/percent/café",
    ("cherrypy", "percent"): "/percent/café?x=%E2%82%AC&y=%22%5C",
    # These do not escape a backslash, but do escape other things with it.
    ("h2o", "backslashes"): "/backslashesA\\t?c=\\\\",
    ("cherrypy", "backslashes"): "/backslashesA\t?c=\\",
}
REFERRERS = {("h2o", "backslashes"): "https://r.example/A", ("cherrypy", "backslashes"): "https://r.example/A"}
AGENTS = {("cherrypy", "backslashes"): b"Agent C:\new\tools", ("cherrypy", "agent-none"): b""}


def log_of(server: str) -> Path:
    """The log that a server wrote."""
    return HERE / f"{server}.log"


def written(server: str) -> list[Request]:
    """The requests that a server's lines are of, in their order."""
    requests = [request for request in REQUESTS if request.name not in UNWRITTEN.get(server, ())]
    # hypercorn notes the one that was given up, and then once more as answered.
    return [*requests, requests[-1]] if server == "hypercorn" else requests


def expected(server: str) -> Iterator[Visit | None]:
    """What each line is: a visit, or none."""
    for at, request in enumerate(written(server)):
        page = request.page or (request.leaves and server in WAITED_FOR)
        given_up = server == "hypercorn" and at == len(written(server)) - 2
        refused = request.name in REFUSED.get(server, ())
        yield None if refused or given_up or not page else _visit(server, request)


def _visit(server: str, request: Request) -> Visit:
    key = (server, request.name)
    sent = request.target.removeprefix(b"http://shop.example")
    if server in NO_QUERY:
        path, mark, _ = sent.partition(b"?")
        sent = path + (mark if server == "squid" else b"")
    text = sent.replace(b"\xe9", b"%E9") if request.name == "latin-1" else sent
    referrer = request.referrer.decode() if request.referrer and server != "haproxy" else None
    address = "-" if server == "gunicorn_unix" else CLIENTS[request.client]
    agent = b"" if server == "haproxy" else b"-" if request.agent is None else request.agent
    return Visit(SITE + URLS.get(key, text.decode()), REFERRERS.get(key, referrer), (address, AGENTS.get(key, agent)))
