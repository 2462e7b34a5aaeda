"""What no database can keep, in every place: refused before it is appended, with a reason, and kept."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from ...both import Both, both
from ...command_line import footfall as run
from ...conftest import Torture
from ...faults.unprotected import no_gate
from ...made_up.writers import Taking, as_sent, made_up

WHO = "00000000-0000-4000-8000-000000000001"


def nested(depth: int) -> Any:
    """Lists in lists."""
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


POISON: dict[str, Any] = {
    "NUL": "a\x00b",
    "a lone surrogate": "\ud800",
    "NaN": math.nan,
    "infinity": math.inf,
    "2^53": 2**53,
    "-2^53": -(2**53),
    "2^64": 2**64,
    "many digits": 10**400,
    "nested": nested(12),
    "nested without end": nested(100_000),
    "64 KiB + 1": "x" * (64 * 1024 + 1),
    "64 KiB + 1 in pieces": ["x" * 1_000] * 66,
}
NAME = "the name of a param"
PLACES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "a param": lambda value: {"params": {"url": "/", "x": value}},
    "the url": lambda value: {"params": {"url": value}},
    "deep in a param": lambda value: {"params": {"url": "/", "x": {"y": [value]}}},
    NAME: lambda value: {"params": {"url": "/", value: 1}},
    "the action": lambda value: {"action": value},
    "the time": lambda value: {"time": value},
    "the event id": lambda value: {"event_id": value},
    "the customer": lambda value: {"uuid": value},
    "a field of its own": lambda value: {"x": value},
}
NAMES = {"NUL", "a lone surrogate", "64 KiB + 1"}
"""What is poison as the name of a param, too."""


def poison(torture: Torture, urls: tuple[str, str], rounds: int, taken_away: Taking | None) -> None:
    """Every poison in every place, among events that are in order, by call and by file."""
    with pytest.MonkeyPatch.context() as patch, both(torture, *urls) as engines:
        if taken_away is not None:
            taken_away(patch)
        for _ in range(rounds):
            pairs = [(place, name) for place in PLACES for name in POISON if place != NAME or name in NAMES]
            events = [_event(PLACES[place](POISON[name])) for place, name in pairs]
            torture.rng.shuffle(events)
            for event in events:
                must_be_refused(engines, event)
                good = [as_sent(one) for one in made_up(torture.rng, 1, 5)]
                engines.call("track_many", lambda engine: engine.track_many(good))  # noqa: B023  # called at once
        engines.check()
        import_file(torture, [*engines.engines])


def _event(changed: dict[str, Any]) -> dict[str, Any]:
    return {"uuid": WHO, "action": "page.visit", "params": {"url": "/"}, **changed}


def must_be_refused(engines: Both, event: dict[str, Any]) -> None:
    """Refused, with a reason, and kept once on each database."""
    before = [len(engine.rejected(limit=None)) for engine in engines.engines.values()]
    answer = engines.call("track_many", lambda engine: engine.track_many([event]))
    if not answer or isinstance(answer, type) or answer[0].status != "rejected" or not answer[0].detail:
        engines.tally.differs(f"answered {str(answer)[:200]}")
    after = [len(engine.rejected(limit=None)) for engine in engines.engines.values()]
    engines.tally.lost += sum(now - then != 1 for now, then in zip(after, before, strict=True))


def import_file(torture: Torture, urls: list[str]) -> None:
    """The same from a file, as far as JSON can write it."""
    lines = []
    for name, value in POISON.items():
        if name != "nested without end":
            lines.append(json.dumps({"uuid": WHO, "action": "page.visit", "params": {"url": "/", "x": value}}))
    file = torture.folder / "poison.jsonl"
    file.write_text("\n".join(lines))
    for url in urls:
        ended = run("ingest", str(file), "--json", "--database", url)
        if ended.broken or ended.document["accepted"] or len(ended.err.splitlines()) != len(lines):
            torture.tally.differs(f"{ended.broken}, {ended.out}")


def test_none_gets_in(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    rounds = torture.scaled(10, short=1)
    torture.endure(lambda without: poison(torture, (sqlite_url, postgres_url), rounds, without), no_gate)


def test_control_no_gate_for_params(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    torture.control(lambda without: poison(torture, (sqlite_url, postgres_url), 1, without), no_gate)
