"""What is to come of an access log, reckoned from its lines by other means than the engine's.

A line is taken apart by Python's own reader of quoted fields, and sessions are made by the plain rule.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

TIMEOUT = timedelta(minutes=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_PAGES = {".css", ".js", ".png", ".jpg", ".ico", ".woff2", ".pdf", ".gz", ".jar", ".txt", ".xml"}
"""What the made-up traffic has of files that are no pages."""
_ANSWERED = {200, 206, 304}
"""The statuses of its answers that are pages."""


class Request(NamedTuple):
    """A line of the log, taken apart."""

    address: str
    time: datetime
    request: str
    status: int
    referrer: str
    agent: str

    @property
    def url(self) -> str:
        """What was asked for."""
        return self.request.split()[1]

    @property
    def is_page_visit(self) -> bool:
        """Whether a page was asked for, and was to be had."""
        path = self.url.partition("?")[0].partition("#")[0]
        is_page = PurePosixPath(path).suffix.lower() not in _NOT_PAGES
        return self.request.startswith("GET ") and self.status in _ANSWERED and is_page


class Session(NamedTuple):
    """Begin and last activity in µs, and how many pages."""

    started_at: int
    last_activity_at: int
    visits: int


class Reckoning(NamedTuple):
    """What the log holds: its requests, the numbers of lines that are none, pages taken, and what follows from them."""

    requests: list[Request]
    unparsed: list[int]
    visits: list[Request]
    sessions: dict[tuple[str, str], list[Session]]
    pages: Counter[str]

    @property
    def stats(self) -> dict[str, int]:
        """What `footfall stats` is to print."""
        sessions = sum(map(len, self.sessions.values()))
        visits = len(self.visits)
        customers = len(self.sessions)
        return {
            "events": visits,
            "customers": customers,
            "page_visits": visits,
            "sessions": sessions,
            "rejected": 0,
        }


def reckon(lines: Iterable[str]) -> Reckoning:
    """Read the lines, and reckon what is to come of them."""
    requests, unparsed = [], []
    for number, line in enumerate(lines, 1):
        try:
            requests.append(_taken_apart(line))
        except csv.Error:
            unparsed.append(number)
    visits = [one for one in requests if one.is_page_visit]
    times: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for visit in visits:
        times[visit.address, visit.agent].append(visit.time)
    sessions = {who: _sessions(sorted(of_one)) for who, of_one in times.items()}
    return Reckoning(requests, unparsed, visits, sessions, Counter(visit.url for visit in visits))


def _taken_apart(line: str) -> Request:
    # A line that ends within quotes is an error of the reader, because it is strict.
    ((address, _, _, day, zone, request, status, _, referrer, agent),) = csv.reader(
        [line], delimiter=" ", escapechar="\\", doublequote=False, strict=True
    )
    time = datetime.strptime(f"{day} {zone}", "[%d/%b/%Y:%H:%M:%S %z]")
    return Request(address, time, request, int(status), referrer, agent)


def _sessions(times: list[datetime]) -> list[Session]:
    breaks = [0, *(at for at, (one, next_one) in enumerate(pairwise(times), 1) if next_one - one > TIMEOUT), len(times)]
    return [Session(_micros(times[start]), _micros(times[end - 1]), end - start) for start, end in pairwise(breaks)]


def _micros(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
