"""How long a follower of the log waits for a wake-up."""

from __future__ import annotations

import pytest

from footfall.application.reading.subscription import BUSY_SECONDS, Pace

IDLE = 9.0


def test_waits_are_short_until_nothing_came_for_a_while_however_early_they_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now, pace = [100.0], Pace()
    monkeypatch.setattr("footfall.application.reading.subscription.time.monotonic", lambda: now[0])
    assert pace.seconds(IDLE, moved=False) == IDLE
    assert pace.seconds(IDLE, moved=True) == BUSY_SECONDS
    now[0] += BUSY_SECONDS / 10  # a wake-up about what was seen already
    assert pace.seconds(IDLE, moved=False) == BUSY_SECONDS
    now[0] += BUSY_SECONDS
    assert pace.seconds(IDLE, moved=False) == IDLE
