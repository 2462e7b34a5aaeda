"""Files that anybody may have come packed where that is wanted."""

from __future__ import annotations

import pytest

from tests.doors.http.client import Client


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("deflate , gzip ; q=0.001", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("br, gzip; q=0.00", False),
        ("x-not-gzip", False),
    ],
)
def test_the_tracker_is_packed_for_who_takes_it_packed(anybody: Client, accepted: str, packed: bool) -> None:
    answer = anybody.get("/footfall.js", accept_encoding=accepted)
    assert ("content-encoding" in answer.headers) is packed
    assert answer.body.startswith(b"\x1f\x8b") is packed
