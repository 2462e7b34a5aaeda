"""Anybody may write late events of a customer of very many sessions: others, in the same partition, do not notice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import chain
from statistics import median, quantiles
from typing import Any
from uuid import UUID

import pytest

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import whole_stream_for_late_events
from ...made_up.writers import NOON, Taking, as_sent
from ...watch.checker import check_store
from ...watch.journal import Sent
from ...watch.views import catch_up

HEAVY, OTHER = UUID(int=4, version=4), UUID(int=8, version=4)
HOUR = 60 * 60 * 1_000_000
PARTITIONS = 4
"""Both customers are in the same one."""


def visits(who: UUID, rng: random.Random, hours: list[float]) -> list[dict[str, Any]]:
    """A visit at each of these hours."""
    moments = [NOON + round(hour * HOUR) for hour in hours]
    return [as_sent(Sent(who, UUID(int=rng.getrandbits(128), version=4), at, "/")) for at in moments]


def send(say: Callable[[Any], None], url: str, seed: int, sessions: int, late: bool, taken_away: Taking | None) -> None:
    """Write events of the heavy customer one by one, as an anonymous client does, until killed: late, or the next."""
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    rng, hour = random.Random(seed), float(sessions)
    anybody = footfall.Sender.anonymous(HEAVY)
    with footfall.open(url, clock=lambda: NOON + 100 * sessions * HOUR) as engine:
        say("ready")
        while True:
            hour += 1
            (result,) = engine.track_many(
                visits(HEAVY, rng, [rng.uniform(0, sessions) if late else hour]), sender=anybody
            )
            say(str(result.status))


def latencies(url: str, rng: random.Random, sessions: int, events: int) -> list[float]:
    """How long each event of another customer takes, seconds."""
    taken = []
    with footfall.open(url, clock=lambda: NOON + 100 * sessions * HOUR) as engine:
        for event in visits(OTHER, rng, [rng.uniform(0, 10) for _ in range(events)]):
            began = time.monotonic()
            engine.track_many([event])
            taken.append(time.monotonic() - began)
    return taken


def notice(torture: Torture, url: str, sessions: int, rounds: int, events: int, taken_away: Taking | None) -> None:
    """Events of the other one while the heavy one's come in order, and while they come late, in turn."""
    with footfall.open(url, partitions=PARTITIONS, clock=lambda: NOON + 100 * sessions * HOUR) as engine:
        engine.track_many(visits(HEAVY, torture.rng, [float(hour) for hour in range(sessions)]))
    taken: dict[bool, list[list[float]]] = {True: [], False: []}
    for late in [False, True] * rounds:
        seed = torture.rng.randrange(10**9)
        with Child(send, url, seed, sessions, late, taken_away) as sender:
            assert sender.hear() == "ready"
            try:
                taken[late].append(latencies(url, torture.rng, sessions, events))
            except footfall.FootfallError as error:
                torture.tally.differs(f"another customer was told {error}")
            answers = sender.heard()
        if not answers or set(answers) != {"accepted"} or not sender.is_killed():
            torture.tally.differs(f"the sender of late events was told {set(answers)}")
        torture.tally.cycles += len(answers)
    compare(torture, taken[False], taken[True])
    catch_up(url, torture.tally)
    check_store(url, torture.tally)


def compare(torture: Torture, in_order: list[list[float]], late: list[list[float]]) -> None:
    """The slowest of a hundred may take twice as long; on a machine that is busy, a typical one five times, in the two
    rounds, one after the other, that differ least."""
    if not (in_order and late):
        torture.tally.differs("others are not served at all")
        return
    if torture.full_length:
        times, before, now = 2, quantiles(chain(*in_order), n=100)[98], quantiles(chain(*late), n=100)[98]
    else:
        pairs = zip(map(median, in_order), map(median, late), strict=False)
        times, (before, now) = 5, min(pairs, key=lambda pair: pair[1] / pair[0])
    if now > times * before:
        torture.tally.differs(f"others wait {now * 1_000:.1f} ms instead of {before * 1_000:.1f} ms")


def test_others_do_not_notice(torture: Torture, database_url: str) -> None:
    sessions = torture.scaled(100_000, short=4_000)
    rounds, events = torture.scaled(10, short=2), torture.scaled(200, short=40)
    torture.endure(
        lambda without: notice(torture, database_url, sessions, rounds, events, without), whole_stream_for_late_events
    )


def test_control_the_whole_stream_is_read_for_late_events(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: notice(torture, database_url, 16_000, 1, 20, without), whole_stream_for_late_events)
