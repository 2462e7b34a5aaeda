"""Any order of arrival, any split into batches, any duplication: the rows that a batch computation gives."""

from __future__ import annotations

from itertools import count, pairwise
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

import footfall
from footfall.domain.moments import iso, to_datetime
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from tests.contracts.support import MINUTE, NOON, statuses

URLS = ["/", "/a", "https://shop.test/b?x=1"]


class Happening(NamedTuple):
    """An activity of one customer: when (µs), what, and under which event id."""

    time: int
    event_id: UUID
    action: str
    url: str

    def sent(self, customer: UUID) -> dict[str, Any]:
        """The event as the sender writes it."""
        params = {"url": self.url, "referrer": f"from {self.url}"} if self.action == "page.visit" else {}
        what = {"action": self.action, "params": params, "event_id": self.event_id}
        return {"uuid": customer, "time": iso(self.time), **what}


EXAMPLES = count(1)
# Steps on and beside the timeout, so that sessions touch, join and part; few moments, so that some coincide; and
# more sessions than a customer's state remembers.
MOMENTS = st.builds(
    lambda steps, more: NOON + steps * DEFAULT_TIMEOUT // 2 + more,
    st.integers(-3, 3) | st.integers(-40, 40),
    st.sampled_from([0, 1, -1, MINUTE]),
)
ACTIONS = st.sampled_from(["page.visit", "page.visit", "button.click", "server.noted"])


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Happening], list[list[Happening]]]:
    """What one customer did, and the batches in which it arrives: in any order, some of it more than once."""
    first_id = next(EXAMPLES) << 16
    moments = draw(st.lists(MOMENTS, min_size=1, max_size=draw(st.sampled_from([4, 12, 40]))))
    story = [
        Happening(time, UUID(int=first_id + n), draw(ACTIONS), draw(st.sampled_from(URLS)))
        for n, time in enumerate(moments)
    ]
    again = draw(st.lists(st.sampled_from(story), max_size=4))
    arrival = draw(st.permutations(story + again))
    cuts = sorted(draw(st.sets(st.integers(1, len(arrival) - 1), max_size=4))) if len(arrival) > 1 else []
    return story, [arrival[low:high] for low, high in pairwise([0, *cuts, len(arrival)])]


def batch_sessions(story: list[Happening]) -> list[list[Happening]]:
    """Sessions as a batch computation finds them: sort, then cut where the gap exceeds the timeout."""
    sessions: list[list[Happening]] = []
    for one in sorted(one for one in story if one.action != "server.noted"):
        if sessions and one.time - sessions[-1][-1].time <= DEFAULT_TIMEOUT:
            sessions[-1].append(one)
        else:
            sessions.append([one])
    return sessions


def expected_sessions(story: list[Happening]) -> list[tuple[Any, ...]]:
    """Start, last activity, activities, visits, first page, last page, referrer."""
    rows = []
    for session in batch_sessions(story):
        urls = [one.url for one in session if one.action == "page.visit"]
        first, last = (urls[0], urls[-1]) if urls else (None, None)
        referrer = None if first is None else f"from {first}"
        began, ended = to_datetime(session[0].time), to_datetime(session[-1].time)
        rows.append((began, ended, len(session), len(urls), first, last, referrer))
    return rows


def expected_visits(story: list[Happening]) -> list[tuple[Any, ...]]:
    """Event id, time, url, the pages around, seconds until the next, number of the session."""
    visits = sorted(one for one in story if one.action == "page.visit")
    within = {one: number for number, session in enumerate(batch_sessions(story)) for one in session}
    around = zip([None, *visits], visits, [*visits[1:], None], strict=False)
    return [
        (
            str(one.event_id),
            to_datetime(one.time),
            one.url,
            before and before.url,
            after and after.url,
            None if after is None else (after.time - one.time) / 1_000_000,
            within[one],
        )
        for before, one, after in around
    ]


def check(engine: footfall.Engine, story: list[Happening], batches: list[list[Happening]], eager: bool) -> list[str]:
    customer = uuid4()
    answers = []
    for batch in batches:
        answers += statuses(engine.track_many([one.sent(customer) for one in batch]))
        if eager:
            engine.catch_up()
    sessions = engine.sessions(customer, fresh=True)[::-1]
    assert [
        (s.started_at, s.last_activity_at, s.activities, s.page_visits, s.entry_url, s.exit_url, s.referrer)
        for s in sessions
    ] == expected_sessions(story)
    numbers = {session.session_id: number for number, session in enumerate(sessions)}
    visits = engine.page_visits(customer, fresh=True)[::-1]
    assert [
        (v.event_id, v.time, v.url, v.previous_url, v.next_url, v.seconds_until_next, numbers[v.session_id or ""])
        for v in visits
    ] == expected_visits(story)
    assert engine.profile(customer).sessions == len(sessions)
    return answers


def test_the_rows_do_not_depend_on_order_batches_or_duplicates(engine: footfall.Engine) -> None:
    engine.define("server.noted")

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(stories(), st.booleans())
    def law(told: tuple[list[Happening], list[list[Happening]]], eager: bool) -> None:
        story, batches = told
        answers = check(engine, story, batches, eager)
        assert answers.count("accepted") == len(story)
        assert answers.count("duplicate") == len(answers) - len(story)

    law()
    assert engine.verify().ok
