"""Origins are written as browsers write them, and what is none is refused."""

from __future__ import annotations

import pytest

from footfall.domain.errors import InvalidArgument
from footfall.domain.origins import MOST_ORIGINS, read_origins


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://[::1]:443", "https://[::1]"),
        ("https://[2001:DB8:0:0::1]", "https://[2001:db8::1]"),
        ("https://[::ffff:192.0.2.7]:8443", "https://[::ffff:c000:207]:8443"),
        ("https://shop.example:08443", "https://shop.example:8443"),
        ("https://shop.example:0443", "https://shop.example"),
        ("https://shop.example.", "https://shop.example."),
        ("capacitor://localhost", "capacitor://localhost"),
        ("null", "null"),
    ],
)
def test_an_origin_is_read_as_its_browser_will_name_it(given: str, read: str) -> None:
    assert read_origins([given]) == (read,)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "*",
        "shop.example",
        "//shop.example",
        "https://",
        "https://shop.example/tea",
        "https://shop.example?a",
        "https://user@shop.example",
        "https://shop.example:65536",
        "https://*.shop.example",
        "https://127.1",
        "https://0x7f.0.0.1",
        "https://192.168.000.001",
        "https://1.2.3.4.5",
        "https://2130706433:8443",
        "https://shop.7",
        "https://[::1",
        "https://[1::2::3]",
        "https://[127.0.0.1]",
        "https://a..b",
        "https://.shop.example",
        "https://shop.example\n",
        "https://shop.example https://other.example",
        "https://čaj.example",
        "https://shop.example\x00",
        "NULL",
        None,
        7,
    ],
)
def test_what_is_no_origin_is_refused(given: str) -> None:
    with pytest.raises(InvalidArgument, match="origin"):
        read_origins([given])


def test_an_origin_is_listed_once_and_there_are_not_too_many() -> None:
    assert read_origins("https://shop.example") == ("https://shop.example",)
    assert read_origins(["https://a.example", "https://b.example", "https://a.example/"]) == (
        "https://a.example",
        "https://b.example",
    )
    most = [f"https://{number}.example" for number in range(MOST_ORIGINS)]
    assert len(read_origins(most)) == MOST_ORIGINS
    with pytest.raises(InvalidArgument, match="at most"):
        read_origins([*most, "https://one-more.example"])
