"""The logs that real servers wrote are read as what their clients sent."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import NAMESPACE_URL, UUID

import pytest

from footfall.domain.derived_id import derived_id
from footfall.doors.wire.formats import Format, LineFormat, guess_format, line_reader
from footfall.engine.arguments import Line
from tests.doors.wire.recorded.expected import ALSO_COMBINED, FORMATS, Visit, expected, log_of
from tests.doors.wire.recorded.requests import SITE

EVERY_SERVER = pytest.mark.parametrize("server", FORMATS)


def read(server: str, form: str) -> list[Line]:
    with line_reader(LineFormat(Format(form), SITE)) as reader:
        return list(reader.read(enumerate(log_of(server).read_bytes().splitlines(), 1)))


def visits(lines: Iterable[Line]) -> list[tuple[str, str | None, str] | None]:
    """URL, referrer and customer of each line; None where it is no visit."""
    return [
        line.event and (line.event["params"]["url"], line.event["params"].get("referrer"), line.event["uuid"])
        for line in lines
    ]


def wanted(server: str) -> list[tuple[str, str | None, str] | None]:
    """The same, as the requests tell."""
    return [visit and (visit.url, visit.referrer, str(customer(visit))) for visit in expected(server)]


def customer(visit: Visit) -> UUID:
    address, agent = visit.client
    return derived_id(NAMESPACE_URL, address.encode() + b" " + agent)


@EVERY_SERVER
def test_each_line_is_what_was_sent(server: str) -> None:
    lines = read(server, FORMATS[server])
    assert [line.problem for line in lines] == [None] * len(lines)
    assert visits(lines) == wanted(server)


@pytest.mark.parametrize("server", sorted(ALSO_COMBINED))
def test_combined_is_right_for_nginx_and_for_those_that_escape_as_apache_does(server: str) -> None:
    assert visits(read(server, "combined")) == wanted(server)


@EVERY_SERVER
@pytest.mark.parametrize("form", sorted(set(FORMATS.values())))
def test_in_any_format_a_line_is_of_its_client_or_of_nobody(server: str, form: str) -> None:
    # Agents with escapes are another matter: how they are undone is what tells formats apart. Where quotes may be
    # anywhere, the agent ends with the line, and HAProxy has much behind it.
    if server == "haproxy" and form in ("squid", "hypercorn"):
        return
    for line, right in zip(read(server, form), expected(server), strict=True):
        if line.event and right and right.client[1] in (b"UA/1", b""):
            assert line.event["uuid"] == str(customer(right))


@EVERY_SERVER
def test_auto_takes_a_log_for_what_it_is(server: str) -> None:
    lines = log_of(server).read_bytes().splitlines()
    # Three look like another's until a backslash comes that was not escaped, which nobody can tell from one that was.
    looks_like = {"gunicorn": "apache", "gunicorn_unix": "apache", "h2o": "combined"}
    assert guess_format(lines) == (looks_like.get(server, FORMATS[server]), len(lines))


def test_the_same_requests_are_the_same_visits_whoever_wrote_them() -> None:
    nginx, apache = (set(filter(None, visits(read(server, "combined")))) for server in ("nginx", "apache"))
    assert nginx == {visit for visit in apache if "/gone" not in visit[0]}
    assert len(nginx) > 20
