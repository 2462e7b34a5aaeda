"""The session cases on which several batch engines agree, checked by hand."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.domain.moments import parse
from tests.contracts.support import SECOND, named, statuses

FILE = Path(__file__).with_name("session_cases.jsonl")
MOMENTS = ("started_at", "last_activity_at", "deadline")
NAMES = [
    "single",
    "gap_exact",
    "chain_of_exact_gaps",
    "late_bridge_exact_both",
    "late_before_all",
    "same_time_distinct_ids",
    "reverse_arrival",
    "across_epoch",
    "sub_millisecond_hidden",
    "second_boundary_trap",
    "two_users_interleaved",
    "no_max_length",
]


def cases() -> dict[str, dict[str, Any]]:
    """The cases by name."""
    lines = FILE.read_text().splitlines()
    return {case["case"]: case for case in map(json.loads, lines)}


def event(given: dict[str, Any]) -> dict[str, Any]:
    """An event of a case as senders write it."""
    who, action, time = given["uuid"], given["action"], given["time"]
    return {"uuid": who, "action": action, "time": time, "params": {"url": "/"}, "event_id": named(given["id"])}


def expected(case: dict[str, Any]) -> list[tuple[str, str, str, str, int]]:
    """The sessions of a case: customer, start, last activity, deadline, events."""
    return sorted((s["uuid"], s["start"], s["last"], s["window_end"], s["events"]) for s in case["sessions"])


def shown(engine: footfall.Engine, case: dict[str, Any]) -> list[tuple[str, str, str, str, int]]:
    """The sessions that the engine shows of a case's customers."""
    rows = [row for who in {one["uuid"] for one in case["events"]} for row in engine.sessions(who, fresh=True)]
    shown = footfall.document(rows)
    return sorted(tuple(row[name] for name in ("uuid", *MOMENTS, "activities")) for row in shown)


def moved(case: dict[str, Any], name: str) -> dict[str, Any]:
    """The same case told of other customers, since the cases share two."""

    def move(row: dict[str, Any]) -> dict[str, Any]:
        other = {"uuid": str(UUID(int=UUID(row["uuid"]).int ^ named(name).int))}
        return row | other | ({"id": f"{name} {row['id']}"} if "id" in row else {})

    return case | {"events": [move(row) for row in case["events"]], "sessions": [move(row) for row in case["sessions"]]}


def test_every_case_is_known_and_has_the_default_timeout() -> None:
    assert list(cases()) == NAMES
    assert {case["gap_s"] for case in cases().values()} == {1800}
    for case in cases().values():
        spans = [parse(session["last"]) - parse(session["start"]) for session in case["sessions"]]
        assert spans == [session["duration_us"] for session in case["sessions"]]
        deadlines = [parse(session["window_end"]) - parse(session["last"]) for session in case["sessions"]]
        assert set(deadlines) == {1800 * SECOND}


@pytest.mark.parametrize("name", NAMES)
def test_a_case_gives_its_sessions_in_the_order_of_arrival(engine: footfall.Engine, name: str) -> None:
    case = cases()[name]
    events = [event(given) for given in case["events"]]
    assert set(statuses(engine.track_many(events))) == {"accepted"}
    assert shown(engine, case) == expected(case)
    for who in {one["uuid"] for one in case["events"]}:
        assert engine.profile(who).sessions == len(engine.sessions(who, fresh=True))
    assert engine.verify().ok


@pytest.mark.parametrize("name", NAMES)
def test_a_case_gives_its_sessions_in_any_order_and_any_batches(engine: footfall.Engine, name: str) -> None:
    for seed in range(4):
        case = moved(cases()[name], f"{seed}")
        events = [event(given) for given in case["events"]]
        random.Random(seed).shuffle(events)
        size = (seed + 1) * (1 + len(events) // 20)
        for start in range(0, len(events), size):
            engine.track_many(events[start : start + size])
            engine.catch_up()
        assert shown(engine, case) == expected(case)
    assert engine.verify().ok


def test_all_cases_at_once_give_their_sessions_in_any_order(engine: footfall.Engine) -> None:
    told = [moved(case, name) for name, case in cases().items()]
    events = [event(given) for case in told for given in case["events"]]
    random.Random(2015).shuffle(events)
    assert set(statuses(engine.track_many(events))) == {"accepted"}
    for case in told:
        assert shown(engine, case) == expected(case)
    assert engine.verify().ok
