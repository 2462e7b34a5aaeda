from __future__ import annotations

from datetime import UTC, datetime, timedelta

from footfall.domain.customer import INITIAL
from footfall.domain.events import CustomerEvent
from footfall.domain.history import advance
from footfall.domain.profile import CurrentSession, Profile, describe
from footfall.domain.sessions import session_id
from footfall.domain.sessions_shortcut import fold
from tests.builders import CUSTOMER, NOON, TIMEOUT, activity, learned, visit

AT_NOON = datetime(2015, 5, 18, 12, tzinfo=UTC)


def profile(*events: CustomerEvent, now: int = NOON) -> Profile:
    return describe(CUSTOMER, advance(INITIAL, events), now)


def test_a_customer_of_whom_nothing_is_known_has_an_empty_profile() -> None:
    assert profile() == Profile(
        uuid=str(CUSTOMER),
        version=0,
        first_seen=None,
        last_seen=None,
        identifiers={"uuid": str(CUSTOMER)},
        attributes={},
        counts={},
        events=0,
        sessions=0,
        current_session=None,
    )


def test_counts_are_by_action_in_the_order_of_the_alphabet_and_sum_up() -> None:
    shown = profile(visit(NOON, 1), activity(NOON, 2, counts=False), visit(NOON + 1, 3))
    assert list(shown.counts.items()) == [("button.click", 1), ("page.visit", 2)]
    assert (shown.events, shown.version, shown.sessions) == (3, 3, 1)


def test_first_and_last_seen_follow_event_time() -> None:
    shown = profile(visit(NOON, 1), visit(NOON - 1, 2))
    assert (shown.first_seen, shown.last_seen) == (AT_NOON - timedelta(microseconds=1), AT_NOON)


def test_attributes_that_were_forgotten_are_not_shown() -> None:
    shown = profile(learned(NOON, 1, plan="free", city="Brno"), learned(NOON + 1, 2, city=None))
    assert shown.attributes == {"plan": "free"}


def test_attributes_that_are_false_or_empty_are_shown() -> None:
    shown = profile(learned(NOON, 1, vip=False, visits=0, note=""))
    assert list(shown.attributes.items()) == [("note", ""), ("vip", False), ("visits", 0)]


def test_identifiers_are_the_uuid_and_the_attributes_that_identify() -> None:
    shown = profile(learned(NOON, 1, email="ada@example.org", customId=7, city="Brno", phone=None))
    assert shown.identifiers == {"uuid": str(CUSTOMER), "email": "ada@example.org", "customId": 7}


def test_an_attribute_does_not_pass_for_the_uuid() -> None:
    assert profile(learned(NOON, 1, uuid="other")).identifiers == {"uuid": str(CUSTOMER)}


def test_the_current_session_is_shown_with_its_deadline() -> None:
    acts = [visit(NOON, 1), activity(NOON + TIMEOUT, 2)]
    shown = profile(*acts, now=NOON + TIMEOUT).current_session
    assert shown == CurrentSession(
        session_id=str(session_id(CUSTOMER, fold(acts)[0])),
        started_at=AT_NOON,
        last_activity_at=AT_NOON + timedelta(minutes=30),
        deadline=AT_NOON + timedelta(hours=1),
        activities=2,
        page_visits=1,
    )


def test_a_session_is_current_up_to_its_deadline_and_not_after_it() -> None:
    assert profile(visit(NOON, 1), now=NOON + TIMEOUT).current_session is not None
    assert profile(visit(NOON, 1), now=NOON + TIMEOUT + 1).current_session is None


def test_the_current_session_is_the_newest_by_event_time() -> None:
    shown = profile(visit(NOON, 1), visit(NOON - 9 * TIMEOUT, 2)).current_session
    assert shown is not None
    assert shown.started_at == AT_NOON


def test_sessions_that_a_snapshot_has_forgotten_are_counted() -> None:
    state = advance(INITIAL, [visit(NOON + 2 * n * TIMEOUT, n) for n in range(5)])
    assert describe(CUSTOMER, state.abridged(2), NOON) == describe(CUSTOMER, state, NOON)
    assert describe(CUSTOMER, state.abridged(2), NOON).sessions == 5
