"""A throttle: at most once in so many seconds, and again at once where it was not done."""

from __future__ import annotations

from contextlib import suppress

import pytest

from footfall.application.running.throttle import Throttle


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that pass only where a test says so."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def failed(throttled: Throttle) -> bool:
    """Whether it was time for something that fails."""
    told = []
    with suppress(ValueError), throttled.turn() as is_time:
        told.append(is_time)
        raise ValueError("it failed")
    return told == [True]


def test_it_is_time_at_once_and_not_again_before_the_seconds_are_over(clock: list[float]) -> None:
    throttled = Throttle(10)
    assert [throttled.ready(), throttled.ready()] == [True, False]
    clock[0] = 9.9
    assert not throttled.ready()
    clock[0] = 10.0
    assert [throttled.ready(), throttled.ready()] == [True, False]


@pytest.mark.usefixtures("clock")
def test_a_turn_that_fails_is_due_again_at_once() -> None:
    throttled = Throttle(10)
    assert failed(throttled)
    with throttled.turn() as is_time:
        assert is_time
    assert not throttled.ready()


def test_what_fails_out_of_turn_changes_nothing(clock: list[float]) -> None:
    throttled = Throttle(10)
    assert throttled.ready()
    clock[0] = 5.0
    assert not failed(throttled)
    assert not throttled.ready()
    clock[0] = 10.0
    assert throttled.ready()
