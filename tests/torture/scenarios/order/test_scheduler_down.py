"""Nobody sweeps for an hour: when the scheduler is back every session ends, with the time at which it timed out."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import pytest

import footfall
from tests.contracts.support import MINUTE, ManualClock

from ...conftest import Torture
from ...faults.unprotected import ends_by_the_clock
from ...made_up.writers import NOON, Taking, as_sent
from ...watch.checker import check_store
from ...watch.journal import Sent
from ...watch.plain_sql import query
from ...watch.session_ends import check_ends
from ...watch.views import catch_up

PATIENCE_SECONDS = 60
HOUR = 60 * MINUTE


def stop_and_start(torture: Torture, url: str, customers: int, taken_away: Taking | None) -> None:
    """Visits within half an hour; an hour and a half later, in another process's life, the scheduler is started."""
    rng, clock = torture.rng, ManualClock(NOON + torture.tally.cycles * 24 * HOUR)
    with footfall.open(url, partitions=4, clock=clock) as engine:
        engine.start(every=timedelta(milliseconds=50))
        visits = [
            Sent(UUID(int=rng.getrandbits(128), version=4), UUID(int=rng.getrandbits(128), version=4), at, "/")
            for at in (clock.now + rng.randrange(30 * MINUTE) for _ in range(customers))
        ]
        clock.now += 30 * MINUTE
        engine.track_many(map(as_sent, visits))
    clock.now += HOUR + 30 * MINUTE
    with pytest.MonkeyPatch.context() as patch, footfall.open(url, clock=clock) as engine:
        if taken_away is not None:
            taken_away(patch)
        engine.start(every=timedelta(milliseconds=50))
        torture.tally.cycles += 1
        end = time.monotonic() + (PATIENCE_SECONDS if taken_away is None else 1)
        while query(url, "SELECT count(*) FROM footfall.due")[0][0] and time.monotonic() < end:
            time.sleep(0.05)
    catch_up(url, torture.tally)
    check_store(url, torture.tally)
    check_ends(url, clock.now, torture.tally)


def test_all_sessions_end(torture: Torture, database_url: str) -> None:
    customers = torture.scaled(20_000, short=1_500)
    torture.endure(lambda without: stop_and_start(torture, database_url, customers, without), ends_by_the_clock)


def test_control_ends_by_the_clock(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: stop_and_start(torture, database_url, 50, without), ends_by_the_clock)
