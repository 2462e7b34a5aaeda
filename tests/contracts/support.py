"""What the suites that run on real databases share: a clock that is set by hand, events, and other processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import footfall

OpenEngine = Callable[..., footfall.Engine]
"""`engine_at(url=None, **options)`: an engine on the test's database, or on another; closed when the test is over."""

NOON = 1_767_268_800_000_000
"""2026-01-01T12:00:00Z in µs."""
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

_NAMES = UUID("6f1c2f0e-53a8-5c1b-9a39-1d6b7a5f2d10")


class ManualClock:
    """A clock that stands at `now` (µs) until a test moves it."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def named(name: str) -> UUID:
    """The same uuid for the same name, in every run."""
    return uuid5(_NAMES, name)


def visit(customer: UUID, minute: float, url: str = "https://shop.test/", **more: Any) -> dict[str, Any]:
    """A page visit so many minutes before (negative) or after noon, named by customer, minute and url."""
    time = NOON + round(minute * MINUTE)
    params = {"url": url, **more}
    event_id = named(f"{customer} {time} {url}")
    return {"uuid": customer, "action": "page.visit", "params": params, "time": _text(time), "event_id": event_id}


def _text(micros: int) -> str:
    from footfall.domain.moments import iso

    return iso(micros)


def statuses(results: Sequence[footfall.Result]) -> list[str]:
    """What became of each submission."""
    return [str(result.status) for result in results]


class Worker:
    """Another process on the same store: it opens nothing before `go`, and answers when its work is done."""

    def __init__(self, *command: str, env: Mapping[str, str] | None = None) -> None:
        script = str(Path(__file__).with_name("worker.py"))
        self.process = subprocess.Popen(
            [sys.executable, script, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
