"""Years 1 and 9999, the epoch, times before it, and what is no time: kept as they are, brought down to now, or refused;
and no view falls over them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

import footfall
from footfall.domain import moments

from ...both import YEAR, Both, both
from ...conftest import Torture
from ...made_up.writers import NOON, Taking

WHO = "00000000-0000-4000-8000-000000000001"
NOW = NOON + YEAR
EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
TIMES: dict[Any, int | None] = {
    "0001-01-01T00:00:00Z": -62_135_596_800_000_000,
    "0001-01-01T00:00:00+00:01": None,
    datetime(1, 1, 1, tzinfo=UTC): -62_135_596_800_000_000,
    datetime(1, 1, 1, tzinfo=EAST): None,
    "1969-12-31T23:59:59.999999Z": -1,
    "1970-01-01T00:00:00Z": 0,
    "1970-01-01T00:00:00.000001": 1,
    0: None,
    -1: None,
    315_532_799_999: None,
    315_532_800_000: 315_532_800_000_000,
    1_772_600_000: None,
    -62_135_596_800_000: None,
    -62_135_596_800_001: None,
    "20260101": None,
    "1771012312345": None,
    "2026-W01-1": None,
    "2026-01-01+02:00": None,
    "1582-10-10T00:00:00Z": -12_219_724_800_000_000,
    "2000-02-29T12:00:00Z": 951_825_600_000_000,
    "9999-12-31T23:59:59.999999Z": NOW,
    "9999-12-31T23:59:59.999999-00:01": None,
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC): NOW,
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=WEST): None,
    253_402_300_799_999: NOW,
    253_402_300_800_000: None,
    2**53: None,
    2**63: None,
    10**400: None,
    "0000-01-01T00:00:00Z": None,
    "10000-01-01T00:00:00Z": None,
    "2016-12-31T23:59:60Z": None,
    "2026-02-29T00:00:00Z": None,
    "-0001-01-01T00:00:00Z": None,
    "1e3": None,
    "": None,
    "now": None,
    1.5: None,
    True: None,
    date(2026, 1, 1): 1_767_225_600_000_000,
    Decimal(1_772_600_000_000): 1_772_600_000_000_000,
    Decimal("1772600000.5"): None,
}
"""A time as it is sent, and the µs at which it is kept; None where it is refused."""


def unbounded(patch: pytest.MonkeyPatch) -> None:
    """Whatever is a number is a time."""
    parse: Callable[[object], int] = moments.parse_event_time
    patch.setattr(moments, "parse_event_time", lambda value: value * 1_000 if type(value) is int else parse(value))


def travel(torture: Torture, urls: tuple[str, str], rounds: int, taken_away: Taking | None) -> None:
    """Visits and attributes at every such time, in no order; then everything is swept, folded, read and rebuilt."""
    with pytest.MonkeyPatch.context() as patch, both(torture, *urls) as engines:
        if taken_away is not None:
            taken_away(patch)
        for _ in range(rounds):
            for time, kept_at in torture.rng.sample([*TIMES.items()], len(TIMES)):
                must_be_kept_at(engines, time, kept_at)
        engines.call("sweep", lambda engine: engine.sweep())
        engines.check()
        engines.call("summary", lambda engine: engine.session_summary())
        engines.call("rebuild", lambda engine: engine.rebuild())
        engines.call("what_if", lambda engine: engine.what_if(timedelta(hours=1)))
        for time, kept_at in TIMES.items():
            if not isinstance(time, float | bool | Decimal) and kept_at is not None:
                engines.call("as of", lambda engine: engine.profile(WHO, as_of=time))  # noqa: B023  # called at once
        if engines.call("verify", lambda engine: engine.verify().ok) is not True:
            torture.tally.differs("the views are not what the log gives")


def must_be_kept_at(engines: Both, time: Any, kept_at: int | None) -> None:
    """It is kept at that moment, or refused as no time."""

    def send(engine: footfall.Engine) -> Any:
        return engine.track(WHO, "page.visit", {"url": "/"}, time=time), engine.update(WHO, {"a": 1}, time=time)

    answers = engines.call("send", send)
    wanted = None if kept_at is not None else "invalid_time"
    if not isinstance(answers, tuple) or {answer.reason for answer in answers} != {wanted}:
        engines.tally.differs(f"{time!r:.60} is answered {answers!r:.200}")
    elif kept_at is not None:
        engines.tally.acknowledged += 1
        entries = engines.call("timeline", lambda engine: engine.timeline(WHO, limit=None))
        times = {entry.event_id: entry.time for entry in entries or []}
        if times.get(str(answers[0].event_id)) != moments.to_datetime(kept_at):
            engines.tally.differs(f"{time!r:.60} is kept at {times.get(str(answers[0].event_id))}")


def test_kept_or_refused(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    rounds = torture.scaled(20, short=1)
    torture.endure(lambda without: travel(torture, (sqlite_url, postgres_url), rounds, without), unbounded)


def test_control_times_without_bounds(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    torture.control(lambda without: travel(torture, (sqlite_url, postgres_url), 1, without), unbounded)
