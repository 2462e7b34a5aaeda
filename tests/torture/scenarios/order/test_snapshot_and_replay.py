"""A customer's state read from a snapshot and what follows it is the state that the whole stream gives."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import footfall

from ...conftest import Torture
from ...made_up.writers import NOON, as_sent
from ...watch.journal import Sent
from ...watch.plain_sql import query

DAY = 24 * 60 * 60 * 1_000_000
NOW = NOON + 30 * DAY
ONE_BEHIND = "UPDATE footfall.snapshots SET version = version + 1"


def snapshot(torture: Torture, url: str, examples: int, spoil: str | None) -> None:
    """Customers of few and of many events and attributes, in no order, swept now and then."""
    rng = torture.rng
    with footfall.open(url, partitions=4, clock=lambda: NOW) as engine:
        customers = [UUID(int=rng.getrandbits(128), version=4) for _ in range(examples)]
        for who in customers:
            left = rng.choice([5, 40, 100])
            while left > 0:
                size = rng.randrange(1, 40)
                engine.track_many([_visit(torture, who) for _ in range(size)])
                engine.update(who, {rng.choice("abc"): rng.random()}, time=_moment(torture))
                left -= size
                if rng.random() < 0.2:
                    engine.sweep()
        if spoil is not None:
            query(url, spoil)
        torture.tally.acknowledged += query(url, "SELECT count(*) FROM footfall.snapshots")[0][0]
    with footfall.open(url, clock=lambda: NOW) as engine:
        for who in customers:
            torture.tally.cycles += 1
            if (short := engine.profile(who)) != (whole := engine.profile(who, as_of=_iso(NOW))):
                torture.tally.differs(f"{short} is not {whole}")


def _moment(torture: Torture) -> str:
    return _iso(NOON + torture.rng.randrange(5 * DAY))


def _visit(torture: Torture, who: UUID) -> dict[str, Any]:
    event_id = UUID(int=torture.rng.getrandbits(128), version=4)
    return as_sent(Sent(who, event_id, 0, "/")) | {"time": _moment(torture)}


def _iso(moment: int) -> str:
    time: str = as_sent(Sent(UUID(int=0), UUID(int=0), moment, ""))["time"]
    return time


def test_the_same_state(torture: Torture, database_url: str) -> None:
    examples = torture.scaled(1_000, short=30)
    torture.endure(lambda without: snapshot(torture, database_url, examples, without), ONE_BEHIND)


def test_control_snapshots_that_lack_an_event(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: snapshot(torture, database_url, 5, without), ONE_BEHIND)
