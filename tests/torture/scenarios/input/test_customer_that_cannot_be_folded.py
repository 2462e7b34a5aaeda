"""A projection cannot take a customer's events: that customer waits, the others go on, and a redrive heals."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

import footfall
from footfall.domain.events import CustomerEvent
from footfall.projections.page_visits import PageVisits
from footfall.projections.profiles import Profiles
from footfall.projections.read_model import Change, Row
from footfall.projections.sessions import Sessions

from ...conftest import Torture
from ...faults.unprotected_views import no_parking
from ...made_up.writers import Taking, as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal, Sent
from ...watch.plain_sql import query
from ...watch.views import catch_up

LAG_SECONDS = 1.0
POISONED = UUID(int=1, version=4)
"""One of those whom `made_up` makes visits of."""


MODELS: list[type[PageVisits] | type[Sessions] | type[Profiles]] = [PageVisits, Sessions, Profiles]


def poison(patch: pytest.MonkeyPatch, model: type[PageVisits] | type[Sessions] | type[Profiles]) -> None:
    """Let a fold raise for one customer."""
    fold = model.fold

    def poisoned(self: object, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        if customer == POISONED:
            raise ZeroDivisionError
        return fold(self, customer, rows, events)  # type: ignore[arg-type]

    patch.setattr(model, "fold", poisoned)


def park(torture: Torture, url: str, rounds: int, taken_away: Taking | None) -> None:
    """Rounds of visits, with one fold or another broken for one customer, and healed afterwards."""
    journal = Journal(torture.folder / f"{torture.tally.cycles}.journal")
    with footfall.open(url, partitions=4) as engine:
        for _ in range(rounds):
            torture.tally.cycles += 1
            with pytest.MonkeyPatch.context() as patch:
                if taken_away is not None:
                    taken_away(patch)
                poison(patch, torture.rng.choice(MODELS))
                engine.start(every=timedelta(milliseconds=50))
                must_go_on(torture, engine, url, journal, torture.within(LAG_SECONDS, taken_away))
                engine.stop()
            engine.redrive_parked()
            if taken_away is None and engine.status().parked:
                torture.tally.differs("somebody is parked although the fold is mended")
    journal.close()
    catch_up(url, torture.tally)
    check(url, [journal.path], torture.tally)


def must_go_on(torture: Torture, engine: footfall.Engine, url: str, journal: Journal, seconds: float) -> None:
    """The visits of the others are in the view soon."""
    name = f"{torture.tally.cycles}"
    visits = [*made_up(torture.rng, 20, 10), *(one for one in made_up(torture.rng, 50, 10) if one.customer == POISONED)]
    journal.about_to_send(name, visits)
    engine.track_many(map(as_sent, visits))
    journal.acknowledged(name)
    others = [one for one in visits if one.customer != POISONED]
    end = time.monotonic() + seconds
    while missing := _missing(url, others):
        if time.monotonic() > end:
            torture.tally.differs(f"{missing} visits of others are not in the view after {seconds:.0f} s")
            break
        time.sleep(0.05)


def _missing(url: str, visits: Sequence[Sent]) -> int:
    stored = {time for (time,) in query(url, "SELECT time FROM footfall.page_visits")}
    return sum(one.time not in stored for one in visits)


def test_the_others_go_on(torture: Torture, database_url: str) -> None:
    rounds = torture.scaled(50, short=4)
    torture.endure(lambda without: park(torture, database_url, rounds, without), no_parking)


def test_control_nobody_is_parked(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: park(torture, database_url, 1, without), no_parking)
