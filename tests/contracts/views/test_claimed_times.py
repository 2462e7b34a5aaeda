"""A clock that is ahead: what it claimed tells the order of what became one moment, however it arrives."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

import footfall
from footfall.domain.moments import iso
from tests.contracts.support import ALICE, DAY, SECOND, ManualClock, statuses


def visits_ahead(clock: ManualClock, customer: UUID) -> list[dict[str, Any]]:
    """Six visits, ten seconds apart, of a clock that is two weeks ahead; their ids are in no order."""
    began = clock.now + 14 * DAY
    return [
        {
            "uuid": customer,
            "action": "page.visit",
            "params": {"url": f"/{n}"},
            "time": iso(began + 10 * n * SECOND),
            "event_id": uuid5(customer, f"visit {n}"),
        }
        for n in range(6)
    ]


def check(engine: footfall.Engine, customer: UUID) -> None:
    urls = [f"/{n}" for n in range(6)]
    (session,) = engine.sessions(customer, fresh=True)
    assert (session.entry_url, session.exit_url) == ("/0", "/5")
    visits = engine.page_visits(customer, fresh=True)[::-1]
    assert [(one.previous_url, one.url, one.next_url) for one in visits] == [
        *zip([None, *urls], urls, [*urls[1:], None], strict=False)
    ]
    assert len({one.time for one in visits}) == 1
    timeline = engine.timeline(customer)[::-1]
    assert [one.params.get("url") for one in timeline if one.action == "page.visit"] == urls
    assert timeline[0].action == "session.start"


def test_visits_of_one_moment_are_in_the_order_that_was_claimed(engine: footfall.Engine, clock: ManualClock) -> None:
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.permutations(range(6)))
    def law(arrival: list[int]) -> None:
        customer = uuid4()
        visits = visits_ahead(clock, customer)
        engine.track_many([visits[n] for n in arrival])
        check(engine, customer)

    law()
    assert engine.verify().ok


def test_lists_of_one_moment_page_in_that_order(engine: footfall.Engine, clock: ManualClock) -> None:
    engine.track_many(visits_ahead(clock, ALICE)[::-1])
    for read in (engine.page_visits, engine.timeline):
        after, walked = None, []
        while page := read(ALICE, limit=1, after=after):
            walked.append(page[0])
            after = page[0].cursor
        assert walked == read(ALICE, limit=None)


def test_of_attributes_learned_at_one_moment_the_one_claimed_to_be_last_stays(
    engine: footfall.Engine, clock: ManualClock
) -> None:
    ids = sorted([uuid4(), uuid4()], reverse=True)
    updates = [
        {"uuid": ALICE, "attributes": {"city": city}, "time": iso(clock.now + ahead * SECOND), "event_id": event_id}
        for city, ahead, event_id in zip(("Brno", "Wien"), (1, 2), ids, strict=True)
    ]
    assert statuses(engine.update_many(updates[::-1])) == ["accepted", "accepted"]
    assert engine.profile(ALICE).attributes == {"city": "Wien"}
    assert engine.profile(ALICE, as_of=iso(clock.now)).attributes == {"city": "Wien"}
    assert [row.attributes for row in engine.profiles(fresh=True)] == [{"city": "Wien"}]
