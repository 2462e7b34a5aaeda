"""The clock is an hour off either way, and jumps: every session ends once, at its deadline, and none that goes on."""

from __future__ import annotations

from uuid import UUID

import pytest

import footfall

from ...conftest import Torture
from ...faults.unprotected import ends_by_the_clock
from ...made_up.writers import NOON, Taking, as_sent
from ...watch.checker import check_store
from ...watch.journal import Sent
from ...watch.session_ends import check_ends
from ...watch.views import catch_up

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE


class Clock:
    """A clock that is wrong by `off` µs."""

    def __init__(self) -> None:
        self.time, self.off = NOON, 0

    def __call__(self) -> int:
        return self.time + self.off


def jump(torture: Torture, url: str, steps: int, taken_away: Taking | None) -> None:
    """Minutes go by; now and then somebody does something, somebody sweeps, and the clock jumps."""
    rng, clock = torture.rng, Clock()
    clock.time += torture.tally.cycles * 24 * HOUR
    customers = [UUID(int=rng.getrandbits(128), version=4) for _ in range(10)]
    with pytest.MonkeyPatch.context() as patch, footfall.open(url, partitions=4, clock=clock) as engine:
        if taken_away is not None:
            taken_away(patch)
        for _ in range(steps):
            torture.tally.cycles += 1
            clock.time += rng.randrange(20 * MINUTE)
            clock.off = rng.choice([0, HOUR, -HOUR, rng.randrange(-HOUR, HOUR)])
            who = rng.choice(customers)
            visit = Sent(who, UUID(int=rng.getrandbits(128), version=4), clock.time + min(clock.off, 0), "/")
            engine.track_many([as_sent(visit)])
            if rng.random() < 0.5:
                _sweep(torture, engine)
        clock.off = 0
        clock.time += HOUR
        _sweep(torture, engine)
    catch_up(url, torture.tally)
    check_store(url, torture.tally)
    check_ends(url, clock.time, torture.tally)


def _sweep(torture: Torture, engine: footfall.Engine) -> None:
    try:
        engine.sweep()
    except footfall.FootfallError as error:
        torture.tally.differs(f"a sweep cannot end what it shall: {error}")


def test_no_end_is_wrong(torture: Torture, database_url: str) -> None:
    steps = torture.scaled(5_000, short=200)
    torture.endure(lambda without: jump(torture, database_url, steps, without), ends_by_the_clock)


def test_control_ends_by_the_clock(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: jump(torture, database_url, 20, without), ends_by_the_clock)
