"""The tracker as a file: small, and without what spoils a page."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.end_to_end.browser.collector import TRACKER


def test_it_is_at_most_6_kb_packed() -> None:
    packed = subprocess.run(["gzip", "-9"], input=TRACKER.read_bytes(), capture_output=True, check=True).stdout
    assert len(packed) <= 6_000


SPOILS = {
    "keeps the page out of the back/forward cache": r"unload",
    "needs a loose policy": r"\beval\b|new Function|innerHTML|document\.write|\.style\b|createElement",
    "blocks the page": r"XMLHttpRequest|\balert\b|while \(true\)",
    "asks for leave before it sends": r"application/json|Authorization|Content-Type",
}


@pytest.mark.parametrize("what", SPOILS)
def test_nothing_spoils_the_page(what: str) -> None:
    assert re.findall(SPOILS[what], TRACKER.read_text()) == []


def test_it_can_be_read() -> None:
    lines = TRACKER.read_text().splitlines()
    assert max(map(len, lines)) <= 130
    assert len(lines) > 300
