from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from footfall.application.ports.log import StreamAppend
from footfall.domain.events import CustomerEvent
from footfall.domain.moments import MINUTE, to_datetime
from tests.application.desk import Desk, at, update, visit
from tests.application.watched_log import WatchedLog
from tests.builders import CUSTOMER, LAW, MOMENTS, NOON, OTHER, TIMEOUT, facts
from tests.contracts.log.streams import write


def log_of(*events: CustomerEvent) -> WatchedLog:
    log = WatchedLog()
    with log.transaction([CUSTOMER]) as transaction:
        write(transaction, [StreamAppend(CUSTOMER, 0, events)] if events else [])
    return log


def test_a_customer_of_whom_nothing_is_known_has_an_empty_profile_and_timeline() -> None:
    desk = Desk()
    assert (desk.queries.profile(OTHER).events, desk.queries.profile(OTHER, as_of=NOON).events) == (0, 0)
    assert desk.queries.timeline(OTHER) == []


def test_a_profile_is_never_stale() -> None:
    desk, other = Desk(log := WatchedLog()), Desk(log)
    desk.send(visit(1))
    other.update(update(2))
    shown = desk.queries.profile(CUSTOMER)
    assert (shown.counts, shown.attributes) == ({"page.visit": 1}, {"city": "Brno"})


def test_the_profile_now_and_as_of_now_are_one() -> None:
    desk = Desk()
    desk.send(at(1, -TIMEOUT), at(2, -3 * TIMEOUT), at(3, -2 * TIMEOUT))
    desk.update(update(4))
    assert desk.queries.profile(CUSTOMER, as_of=desk.now) == desk.queries.profile(CUSTOMER)


def test_the_profile_as_of_a_moment_includes_what_happened_then_and_nothing_later() -> None:
    desk = Desk(now=NOON + MINUTE)
    desk.send(at(1, -1), at(2, 0), at(3, 1))
    shown = desk.queries.profile(CUSTOMER, as_of=NOON)
    assert (shown.events, shown.last_seen) == (2, to_datetime(NOON))
    assert shown.current_session is not None
    assert shown.current_session.deadline == to_datetime(NOON + TIMEOUT)


def test_the_current_session_is_that_of_the_moment_asked_about() -> None:
    desk = Desk(now=NOON + 10 * TIMEOUT)
    desk.send(at(1, 0))
    assert desk.queries.profile(CUSTOMER).current_session is None
    assert desk.queries.profile(CUSTOMER, as_of=NOON + TIMEOUT).current_session is not None
    assert desk.queries.profile(CUSTOMER, as_of=NOON + TIMEOUT + 1).current_session is None


@LAW
@given(facts(), MOMENTS)
def test_the_profile_as_of_a_moment_is_that_of_a_log_that_holds_only_the_events_up_to_it(
    arrived: list[CustomerEvent], moment: int
) -> None:
    desk = Desk(log_of(*arrived))
    past = Desk(log_of(*(event for event in arrived if event.time <= moment)), now=moment)
    assert desk.queries.profile(CUSTOMER, as_of=moment) == past.queries.profile(CUSTOMER)


@LAW
@given(st.lists(st.integers(0, 60), min_size=1, max_size=50, unique=True), st.integers(0, 60))
def test_and_so_it_is_for_a_stream_that_the_engine_wrote(slots: list[int], until: int) -> None:
    desk = Desk(now=NOON + 100 * TIMEOUT)
    desk.send(*(at(slot + 1, slot * TIMEOUT + slot % 2) for slot in slots))
    moment = NOON + until * TIMEOUT
    past = [event for event in desk.log.history(CUSTOMER) if event.time <= moment]
    shown = desk.queries.profile(CUSTOMER, as_of=moment)
    assert shown == Desk(log_of(*past), now=moment).queries.profile(CUSTOMER)
