"""Laws of the reader of access logs: it answers for any bytes, and undoes what each server's own escaping does."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_from_bytes
from uuid import NAMESPACE_URL

import hypothesis.strategies as st
import pytest
from hypothesis import given

from footfall.domain.derived_id import derived_id
from footfall.doors.wire.access_log.dialects import DIALECTS
from footfall.doors.wire.formats import Format, LineFormat, guess_format, line_reader
from footfall.engine.arguments import Line

T = b"[05/Mar/2026:12:00:00 +0000]"
FORMS = [form for form in Format if form in DIALECTS]


def read(line: bytes, form: str) -> Line:
    with line_reader(LineFormat(Format(form))) as reader:
        (read,) = reader.read([(1, line)])
        if read.event is not None:
            assert str(reader.customer_in(line)) == read.event["uuid"]
        return read


def mostly(usual: list[bytes]) -> st.SearchStrategy[bytes]:
    """One of these, or anything."""
    return st.one_of(st.sampled_from(usual), st.binary(max_size=12))


WHOLE = st.builds(
    b'%s%s %s %s "%s %s %s" %s %s "%s" "%s"%s'.__mod__,
    st.tuples(
        mostly(
            [b"", b"", b"shop.example:80 ", b"web-1 | ", b"[2026-03-05 12:00:00 +0000] [7] [INFO] ", b"\xef\xbb\xbf"]
        ),
        mostly(
            [
                b"198.51.100.7",
                b"2001:db8::7",
                b"::ffff:198.51.100.7",
                b"-",
                b"",
                b"pc.example",
                b"198.51.100.7, 10.0.0.1",
            ]
        ),
        mostly([b"- -", b"shop.example -", b"- x] [y", b'- ""']),
        mostly([T, b"[05/Mar/2026:12:00:00]", b"[31/Feb/2026:12:00:00 +0000]", b"[01/Jan/0001:00:00:00 +2400]"]),
        mostly([b"GET", b"GET", b"POST"]),
        mostly([b"/", b"/a b", b"http://shop.example/", b"http://[", b"/\\xC3", b"//", b"/x.css"]),
        mostly([b"HTTP/1.1", b"1.1", b""]),
        mostly([b"200", b"200", b"304", b"302", b"-", b"000"]),
        mostly([b"12", b"-"]),
        mostly([b"-", b"", b"https://r.example/\\"]),
        mostly([b"UA/1", b"C:\\dir\\", b'a "b" c']),
        mostly([b"", b"", b" TCP_MISS:HIER_DIRECT", b' "10.0.0.1"']),
    ),
)


@pytest.mark.parametrize("form", FORMS)
@given(line=st.one_of(WHOLE, st.binary(max_size=200)))
def test_any_line_is_a_visit_or_none_or_has_a_problem(form: str, line: bytes) -> None:
    answer = read(line, form)
    assert answer.problem is None or answer.event is None
    assert answer.problem != ""
    if answer.event is not None:
        url = answer.event["params"]["url"]
        assert "\0" not in url
        assert url.encode()


@given(st.lists(st.one_of(WHOLE, st.binary(max_size=50)), max_size=5))
def test_any_lines_can_be_guessed_at(lines: list[bytes]) -> None:
    name, alike = guess_format(lines)
    assert name is not Format.AUTO
    assert alike <= len(lines)


def as_nginx(text: bytes) -> bytes:
    # https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format: `escape=default`
    return b"".join(b"\\x%02X" % c if c in b'"\\' or c < 32 or c > 126 else bytes([c]) for c in text)


APACHE = {0x08: b"\\b", 0x0A: b"\\n", 0x0D: b"\\r", 0x09: b"\\t", 0x0B: b"\\v", 0x22: b'\\"', 0x5C: b"\\\\"}


def as_apache(text: bytes) -> bytes:
    # https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#format-notes: \b, \n, \r, \t, \v, \", \\ and \xhh
    return b"".join(APACHE.get(c) or (b"\\x%02x" % c if c < 32 or c > 126 else bytes([c])) for c in text)


def as_gunicorn(text: bytes) -> bytes:
    # gunicorn/glogging.py, SafeAtoms: a quote gets a backslash, and nothing else does
    return text.replace(b'"', b'\\"')


def as_haproxy(text: bytes) -> bytes:
    # https://docs.haproxy.org/2.6/configuration.html#8.6: what is no printable ASCII, " and # as # and two digits
    return b"".join(b"#%02X" % c if c in b'"#' or c < 32 or c > 126 else bytes([c]) for c in text)


ANY = st.binary(max_size=20)
# Where a backslash is not escaped, nobody can tell one before a quote from one that belongs to it.
NO_BACKSLASH_LAST = ANY.map(lambda text: text.translate(None, b"\n\r") + b".").filter(lambda text: b'\\"' not in text)


@pytest.mark.parametrize(
    ("form", "escape", "texts"),
    [
        ("nginx", as_nginx, ANY),
        ("combined", as_nginx, ANY),
        ("apache", as_apache, ANY),
        ("combined", as_apache, ANY),
        ("gunicorn", as_gunicorn, NO_BACKSLASH_LAST),
        ("haproxy", as_haproxy, ANY),
    ],
)
@given(data=st.data())
def test_what_a_server_escaped_is_undone(
    form: str, escape: Callable[[bytes], bytes], texts: st.SearchStrategy[bytes], data: st.DataObject
) -> None:
    target = b"/" + data.draw(texts.filter(lambda text: b"." not in text[:-1] and b" " not in text))
    agent, referrer = b"UA " + data.draw(texts), b"https://r.example/" + data.draw(texts)
    parts = (T, escape(target), escape(referrer), escape(agent))
    answer = read(b'198.51.100.7 - - %s "GET %s HTTP/1.1" 200 12 "%s" "%s"' % parts, form)
    assert answer.event is not None
    assert as_sent(answer.event["params"]["url"]) == as_sent(target)
    assert as_sent(answer.event["params"]["referrer"]) == as_sent(referrer)
    assert answer.event["uuid"] == str(derived_id(NAMESPACE_URL, b"198.51.100.7 " + agent))


def as_sent(url: str | bytes) -> str:
    """A url with every byte percent-encoded, however it was written."""
    return quote_from_bytes(url.encode() if isinstance(url, str) else url, safe="%")
