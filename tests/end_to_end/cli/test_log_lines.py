"""Lines that real servers write, or that come out of the pipes behind them, and what must come of each."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.end_to_end.cli.program import Program

A, B = "198.51.100.7", "203.0.113.9"
T = "[05/Mar/2026:12:00:00 +0000]"
SITE = "https://shop.example"


def line(
    address: str = A,
    target: str = "/a",
    *,
    user: str = "- -",
    request: str | None = None,
    status: str = "200 12",
    referrer: str = "-",
    agent: str = "UA/1",
    time: str = T,
) -> str:
    """A line of the combined log format."""
    asked = f"GET {target} HTTP/1.1" if request is None else request
    return f'{address} {user} {time} "{asked}" {status} "{referrer}" "{agent}"'


class Case(NamedTuple):
    """Some lines and what must come of them; `referrers` are those of the visits that have one."""

    lines: list[str]
    customers: int = 1
    urls: list[str] | None = None
    referrers: tuple[str, ...] = ()
    skipped: int = 0
    unparsed: int = 0
    told: str = ""
    form: str = "combined"


def visits(*lines: str, customers: int = 1, form: str = "combined") -> Case:
    """Each line is a visit of /a."""
    return Case(list(lines), customers, [f"{SITE}/a"] * len(lines), form=form)


def visit(one: str, url: str, referrer: str = "", form: str = "combined") -> Case:
    """The line is a visit of a url."""
    return Case([one], 1, [url], (referrer,) if referrer else (), form=form)


def skipped(*lines: str, form: str = "combined") -> Case:
    """No line is a visit, and all are well."""
    return Case(list(lines), 0, [], skipped=len(lines), form=form)


def unparsed(*lines: str, told: str, form: str = "combined") -> Case:
    """No line can be read, and the reason says why."""
    return Case(list(lines), 0, [], unparsed=len(lines), told=told, form=form)


KUBERNETES = "2026-03-05T12:00:00.{}Z stdout F "
RECORD = "[2026-03-05 12:00:00 +0000] [7] [INFO] "
CASES = {
    # What comes behind the agent
    "times behind it, named": visits(*(f'{line()} rt=0.00{n} uct="0.00{n}" urt="-"' for n in range(3))),
    "a name behind it": visits(line() + ' request_id="r1"', line() + ' request_id="r2"'),
    "JSON behind it": visits(line() + ' {"rt":"1"}', line() + ' {"rt":"2"}', form="nginx"),
    "all sorts of it": visits(line() + ' host:"shop" [1] {x:"1"} -', line() + "\t7", line() + "  "),
    "a backslash at the end, and names behind it": unparsed(line(agent="C:\\dir\\") + ' uct="0.1"', told="not a line"),
    "lines that end with a carriage return alone": unparsed(f"{line()}\r{line()}", told="carriage returns"),
    "a very long url": visit(line(target="/" + "a" * 60_000), f"{SITE}/{'a' * 60_000}"),
    "a url in the middle of a path": visit(
        line(target="/to/http://a.example/b.png/c"), f"{SITE}/to/http://a.example/b.png/c"
    ),
    "a list with blanks": visits(line(f"{A},  10.0.0.2"), line()),
    # Who the customer is
    "a virtual host": visits(
        "shop.example:80 " + line(), "shop.example:80 " + line(B), customers=2, form="vhost_combined"
    ),
    "a virtual host, a host name": visits("shop.example " + line("pc.lan.example"), form="vhost_combined"),
    "a virtual host under combined": unparsed("shop.example:80 " + line(), told="--format vhost_combined"),
    "a virtual host without a port": unparsed("shop.example " + line(), told="--format vhost_combined"),
    "a virtual host that is an address": unparsed("10.0.0.1 " + line(), told="if it is something else, cut it off"),
    "no name of a virtual host": unparsed(
        *(
            f"{before} {line()}"
            for before in (
                "1772712000.123",
                "42",
                "00:00:01",
                "2026-03-05T12:00:00Z",
                ">",
                "pod/web-1",
                "[web]",
                "id=7",
            )
        ),
        told="stands before the address",
        form="vhost_combined",
    ),
    "odd virtual hosts": visits(
        *(f"{host} {line()}" for host in ("_default_:80", "_", "-", "*:443", "localhost", "[fe80::1%eth0]:80")),
        form="vhost_combined",
    ),
    "no virtual host": unparsed(
        line(), line(user="- alice"), line("pc", user="x y"), told="--format combined", form="vhost_combined"
    ),
    "a container's log": unparsed(*(KUBERNETES.format(n) + line() for n in (1, 2, 3)), told="cut -d' ' -f4-"),
    "docker compose": unparsed("web-1 | " + line(), "web-1  | " + line(B), told="cut -d' ' -f"),
    "docker compose, no user agent in it": unparsed("web-1 | " + line("pc.lan.example"), told="not a line"),
    "syslog": unparsed("Mar 15 12:00:00 web nginx: " + line(), told="cut -d' ' -f6-"),
    "syslog, a host name": unparsed("Mar 15 12:00:00 web nginx: " + line("-"), told="not a line"),
    "a date": unparsed("2026-03-05 12:00:00 " + line(), told="cut -d' ' -f3-"),
    "a name and an address": unparsed("web " + line(user="- alice"), told="if it is something else, cut it off"),
    "a load balancer's address": unparsed("10.0.0.1 - " + line(), told="stands before the address"),
    "a container's JSON": unparsed(json.dumps({"log": line()}), told="--format jsonl"),
    "UTF-16": unparsed("\0".join(line()), told="UTF-16"),
    "no user agent": unparsed(f'{A} - - {T} "GET /a HTTP/1.1" 200 12', told="combined log format, with referrer"),
    "a list of proxies": visits(line(f"{A}, 10.0.0.2"), line(f"{A},10.0.0.2, 10.0.0.3"), line()),
    "a list that begins with nobody": visits(line(f"unknown, {A}"), line(f"-, {A}"), line()),
    "a byte order mark": visits("\ufeff" + line(target="/a"), line()),
    "quotes": visits(line(f'"{A}"'), line()),
    "an agent in two spellings": visits(
        line(agent=r"Caf\xC3\xA9/1"), line(agent=r"Caf\xc3\xa9/1"), line(agent="Café/1")
    ),
    "agents of different bytes": visits(line(agent=r"Caf\xE9/1"), line(agent=r"Caf\xC3\xA9/1"), customers=2),
    "an agent in quotes": visits(line(agent=r"\x22q\x22 \x5C"), line(agent=r"\"q\" \\")),
    "IPv4 in IPv6": visits(line(f"::ffff:{A}"), line(f"::FFFF:{A}"), line("::ffff:c633:6407"), line()),
    "IPv6": visits(*map(line, ("2001:DB8::1", "2001:db8:0:0::1", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"))),
    "ports": visits(line(f"{A}:37707"), line(f"{A}:49291"), line()),
    "ports behind IPv6": visits(line("2001:db8::7:42479"), line("2001:db8::7:50001"), line("2001:db8::7")),
    "ports behind a zone": visits(*map(line, ("fe80::7%eth0", "fe80::7%eth0:50001", "[fe80::7%eth0]:443"))),
    "IPv6 that ends as a port does": visits(line("2001:db8::7:80"), line("2001:db8::7"), customers=2),
    "host names": visits(line("pc.lan.example"), line("localhost"), line("-"), line(""), line("unix:"), customers=4),
    "no address": unparsed(line("198.51.100.7.8"), line("a/b"), line("2026-03-05"), told="not a line"),
    "a host behind the address": visits(
        line(user="shop.example -"), line(user="203.0.113.1 -"), line(user="203.0.113.1:80 -")
    ),
    "neither ident nor user": visits(line(user="-").replace(" - ", " "), line()),  # aiohttp
    "neither, and no address": unparsed(
        *(line(address, user="-").replace(" - ", " ") for address in ("web-1", "", "web-1 | 198.51.100.7")), told=""
    ),
    # Urls and referrers
    "nginx": visit(
        line(target=r"/caf\xC3\xA9?x=\xE2\x82\xAC", referrer=r"https://r.example/?q=\x22a b\x22"),
        f"{SITE}/café?x=€",
        'https://r.example/?q="a b"',
    ),
    "Apache": visit(
        line(target=r"/a\"b?c=\\d", referrer=r"https://r.example/?q=\"a b\""),
        f'{SITE}/a"b?c=\\d',
        'https://r.example/?q="a b"',
    ),
    "Apache's letters": visit(line(target=r"/\b\f\n\r\t\v\\n\x41"), f"{SITE}/\b\f\n\r\t\v\\nA"),
    "one page of two servers": Case(
        [line(target=r"/\x22\x5C\xC3\xA9"), line(target=r"/\"\\\xc3\xa9")], 1, [f'{SITE}/"\\é'] * 2
    ),
    "nginx alone": visit(line(target=r"/a\x5Cx41"), f"{SITE}/a\\x41", form="nginx"),
    "nginx escapes no more": visit(line(target=r"/a\nb\x22"), f'{SITE}/a\\nb"', form="nginx"),
    "gunicorn": visit(line(target=r"/a\nb\"\x41\\"), f'{SITE}/a\\nb"\\x41\\\\', form="gunicorn"),
    "HAProxy": visit(line(target="/a#22b#23c#E2#82#AC\\d"), f'{SITE}/a"b#c€\\d', form="haproxy"),
    "hypercorn": visit(RECORD + line(f"{A}:50000", request='GET /a"b 1.1'), f'{SITE}/a"b', form="hypercorn"),
    "hypercorn without a record": visit(line(request="GET /a 2"), f"{SITE}/a", form="hypercorn"),
    "hypercorn under combined": unparsed(RECORD + line(), told="--format hypercorn"),
    "Squid": visit(
        line(target='http://shop.example/a"b?', referrer='https://r.example/?q="a b"') + " TCP_MISS:HIER_DIRECT",
        f'{SITE}/a"b?',
        'https://r.example/?q="a b"',
        form="squid",
    ),
    "bytes that are no text": visit(line(target=r"/caf\xE9\x00"), f"{SITE}/caf%E9%00"),
    "a whole url of the site": visit(line(target="http://shop.example/plain?x=1"), f"{SITE}/plain?x=1"),
    "a whole url, with a port": visit(line(target="http://SHOP.example:80/plain"), f"{SITE}/plain"),
    "a whole url without a path": Case(
        [line(target="http://shop.example"), line(target="http://shop.example?x=1"), line(target="http://b.example")],
        1,
        [f"{SITE}/", f"{SITE}/?x=1", "http://b.example/"],
    ),
    "a whole url of another": visit(line(target="http://b.example/plain?x=1"), "http://b.example/plain?x=1"),
    "an empty referrer": visits(line(referrer="")),
    "more fields": visits(line() + ' "10.0.0.1, 10.0.0.2"', line() + " 0.003 " + r'"a \"b\""'),
    # What is a page visit
    "redirects": skipped(*(line(status=f"{status} 0") for status in (301, 302, 303, 307, 308))),
    "no content": skipped(*(line(status=f"{status} 0") for status in (101, 204, 205, 404, 499, 500, "000"))),
    "as before": visits(line(status="304 0")),
    "static files": skipped(
        *(
            line(target=target)
            for target in (
                *("/site.webmanifest", "/sitemap.xml", "/data.json", "/ads.txt", "/robots.txt", "/feed.rss", "/x.wasm"),
                *(
                    "/A.CSS?v=3",
                    "//images/x.JPG",
                    "/x.css;jsessionid=1",
                    "/x.tiff",
                    "/docs/x.docx",
                    "http://b.example/x.png",
                ),
                "/.well-known/change-password",
                *("/film/segment7.ts", "/film/1.m4s", "/a.tsv", "/brand.psd", "/setup.msix", "/route.gpx", "/x.tbz2"),
            )
        )
    ),
    "no static files": Case(
        [line(target="/robots.txt.html"), line(target="/?file=style.css"), line(target="http://b.png/")],
        1,
        [f"{SITE}/robots.txt.html", f"{SITE}/?file=style.css", "http://b.png/"],
    ),
    "a space": visit(line(user="shop.example -", target="/a b"), f"{SITE}/a b"),
    "a space and no version": unparsed(line(request="GET /a b"), told="no version of HTTP"),
    "no path": unparsed(line(target="shop.example"), told="neither begins with /"),
    "versions": visits(
        *(line(request=f"GET /a {v}") for v in ("1.1", "2", "HTTP/2", "HTTP/2.0", "HTTP/HTTP/1.1", "HTTP/0.9"))
    ),
    "HTTP/0.9": visits(line(request="GET /a")),
    "other methods": skipped(*(line(request=f"{method} /a HTTP/1.1") for method in ("HEAD", "POST", "OPTIONS", "get"))),
    "no request": skipped(
        line(request="-", status="408 -"), line(request="", status="400 0"), line(request=r"\x16\x03", status="400 0")
    ),
    # Lines that are hard to take apart
    "brackets in the user": visits(line(user="- x] [y"), line(user="- [a] b"), line(user=f"- {T}")),
    "quotes in the user": visits(line(user=r"- a \"b\" \c"), line(user=r"- a \x22b\x22"), line(user='- ""')),
    "no status": skipped(line(status="- -")),
    "a Unix socket": visits(line(""), line("-"), line("", user="- alice"), line("", user="- a b")),
    "a backslash last": visits(line(agent="Agent C:\\dir\\")),
    "a backslash last, Squid": visits(line(agent="Agent C:\\dir\\") + " TCP_MISS:HIER_DIRECT"),
    "a backslash last, of the referrer": visit(
        line(referrer="https://r.example/\\"), f"{SITE}/a", "https://r.example/\\"
    ),
    "quotes in the agent": visits(line(agent='Agent "q" C:\\dir')),
    "a line within the agent": visits(line(agent=f'{T} "GET /b HTTP/1.1" 200 1'.replace('"', r"\""))),
    "an agent cut off": unparsed(line(agent=r"Mozilla (\"Tea Kettle\" 2.0")[:-1], told="not a line"),
    "no offset": visits(line(time="[05/Mar/2026:12:00:00]"), line(time="[05/Mar/2026:12:00:00.123 +0000]")),
    "no time": unparsed(line(time="[05/Foo/2026:12:00:00 +0000]"), line(time="[31/Feb/2026:12:00:00 +0000]"), told=""),
    "no such time": unparsed(
        *(
            line(time=f"[05/Mar/2026:{time}]")
            for time in ("24:00:00 +0000", "12:60:00 +0000", "23:59:60 +0000", "12:00:00 +2400", "12:00:00 -9959")
        ),
        told="is not a time of the combined log format",
    ),
}


def imported(program: Program) -> list[dict[str, Any]]:
    """What `tail` shows of the visits."""
    outcome = program("tail", "--action", "page.visit", "--after", "start", "--no-follow", "--json")
    return [json.loads(one) for one in outcome.out.splitlines()]


def written(path: Path, lines: list[str]) -> str:
    """A file of these lines."""
    path.write_bytes("".join(f"{one}\n" for one in lines).encode())
    return str(path)


@pytest.mark.parametrize("name", CASES)
def test_lines_become_what_they_say(on_sqlite: Program, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    file = tmp_path / "access.log"
    outcome = on_sqlite("ingest", written(file, case.lines), "--format", case.form, "--site", SITE, "--json")
    events = imported(on_sqlite)
    assert outcome.document == {
        "read": len(case.lines),
        "accepted": len(case.urls or ()),
        "duplicate": 0,
        "rejected": 0,
        "unparsed": case.unparsed,
        "skipped": case.skipped,
    }, outcome.err
    assert outcome.status == (1 if case.unparsed else 0)
    assert sorted(event["params"]["url"] for event in events) == sorted(case.urls or ())
    assert tuple(event["params"]["referrer"] for event in events if "referrer" in event["params"]) == case.referrers
    assert len({event["uuid"] for event in events}) == case.customers
    told = outcome.err.splitlines()
    assert len(told) == case.unparsed
    assert all(case.told in one for one in told), told


def test_all_of_them_in_one_file(program: Program, tmp_path: Path) -> None:
    cases = [case for case in CASES.values() if case.form == "combined"]
    file = written(tmp_path / "access.log", [one for case in cases for one in case.lines])
    for count in ("accepted", "duplicate"):
        report = program("ingest", file, "--format", "combined", "--site", SITE, "--json").document
        assert report[count] == sum(len(case.urls or ()) for case in cases)
        assert report["unparsed"] == sum(case.unparsed for case in cases)
        assert report["rejected"] == 0
    events = imported(program)
    assert Counter(event["params"]["url"] for event in events) == Counter(
        url for case in cases for url in case.urls or ()
    )


def test_one_line_of_two_sites_is_two_visits(program: Program, tmp_path: Path) -> None:
    file = written(tmp_path / "access.log", [line(target="/")])
    for site in ("https://a.example", "https://b.example"):
        options = ("ingest", file, "--format", "combined", "--site", site)
        assert program.document(*options)["accepted"] == 1
        assert program.document(*options)["duplicate"] == 1
    assert {page["url"] for page in program.document("pages")} == {"https://a.example/", "https://b.example/"}


def test_the_virtual_host_is_the_site_where_none_is_given(on_sqlite: Program, tmp_path: Path) -> None:
    hosts = ("a.example:80", "b.example:443", "c.example:8080", "d.example", "[2001:db8::1]:80")
    file = written(tmp_path / "access.log", [f"{host} {line(target='/')}" for host in hosts])
    assert on_sqlite.document("ingest", file, "--format", "vhost_combined")["accepted"] == 5
    assert {page["url"] for page in on_sqlite.document("pages")} == {
        "http://a.example/",
        "https://b.example/",
        "http://c.example:8080/",
        "http://d.example/",
        "http://[2001:db8::1]/",
    }


def test_a_number_before_the_address_is_not_taken_for_a_virtual_host(on_sqlite: Program, tmp_path: Path) -> None:
    file = written(tmp_path / "access.log", [f"177271200{n}.5 {line()}" for n in range(3)])
    outcome = on_sqlite("ingest", file, "--format", "auto", "--json")
    assert (outcome.document["accepted"], outcome.document["unparsed"]) == (0, 3)
    assert outcome.err.count("stands before the address") == 3


def test_a_byte_order_mark_is_no_part_of_the_line(on_sqlite: Program, tmp_path: Path) -> None:
    for mark, count in (("", "accepted"), ("\ufeff", "duplicate")):
        file = written(tmp_path / "access.log", [mark + line()])
        assert on_sqlite.document("ingest", file, "--format", "combined", "--site", SITE)[count] == 1
