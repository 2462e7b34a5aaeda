"""What was just committed is handed over as what the log gives, and only where a cursor stands right before it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

import footfall
from footfall.application.ingest.admission import admit
from footfall.application.ingest.submissions import submit
from footfall.application.ports.log import StreamAppend
from footfall.application.ports.vocabulary import SubmissionKind
from footfall.domain.builtin import BUILT_IN
from footfall.domain.customer import Customer
from footfall.domain.errors import Rejected
from footfall.domain.events import CustomerEvent
from footfall.domain.past_sessions import Snapshot
from footfall.domain.sender import SERVER
from footfall.infrastructure.database.connections import driver
from footfall.infrastructure.database.database import Transaction
from footfall.infrastructure.log import hand_over
from footfall.infrastructure.log.codec import decode, encode
from footfall.infrastructure.log.event_log import EventLog
from footfall.infrastructure.log.hand_over import HandOver
from footfall.infrastructure.log.streams import by_customer, handed_over
from tests.builders import LAW, NOON, TIMEOUT, uid
from tests.builders import visit as visited
from tests.contracts.host_transactions.hosts import given_up, opened
from tests.contracts.support import ALICE, BOB, OpenEngine, parts_of, statuses, visit
from tests.forks import ForkedChild

A, B = uid(0), uid(1)
"""Customers of partitions 0 and 1."""
EVERYWHERE = 10**9
ANY = 10_000


@pytest.fixture
def held() -> HandOver:
    """A memory of which somebody has asked, so that it holds what is committed."""
    memory = HandOver(lambda customer: customer.int % 2)
    memory.after({}, {}, ANY)
    return memory


def commit(memory: HandOver, head: int, reached: int, *customers: UUID, stored: int = 0) -> None:
    written = [StreamAppend(one, 0, [visited(NOON, reached)]) for one in customers or (A,)]
    memory.committed({0: head, 1: head}, reached, written, stored)


def ends(memory: HandOver, cursor: int, limit: int = ANY, partition: int = 0, last: int = EVERYWHERE) -> list[int]:
    """The ends of the stretches that follow a cursor."""
    found = memory.after({partition: cursor}, {partition: last}, limit)
    return [stretch.reached for stretch in found.get(partition, [])]


def test_a_stretch_follows_the_last_row_before_it(held: HandOver) -> None:
    commit(held, 7, 12)
    assert ends(held, 7) == [12]


@pytest.mark.parametrize("cursor", [0, 6, 8, 11, 12, 13])
def test_no_other_cursor_has_seen_all_before_it_and_nothing_of_it(held: HandOver, cursor: int) -> None:
    commit(held, 7, 12)
    assert ends(held, cursor) == []


def test_stretches_follow_one_another_though_their_ends_are_no_rows(held: HandOver) -> None:
    # The transaction was given positions up to 12, of which the last in this partition was 9.
    commit(held, 7, 12)
    commit(held, 9, 20)
    assert ends(held, 7) == [12, 20]


@pytest.mark.parametrize(("cursor", "follows"), [(8, []), (9, [20]), (11, [20]), (12, [20]), (13, []), (19, [])])
def test_a_cursor_between_the_last_row_and_our_last_end_has_seen_the_same(
    held: HandOver, cursor: int, follows: list[int]
) -> None:
    commit(held, 7, 12)
    commit(held, 9, 20)
    assert ends(held, cursor) == follows


def test_what_others_wrote_in_between_is_not_passed_over(held: HandOver) -> None:
    commit(held, 7, 12)
    commit(held, 15, 20)
    assert ends(held, 7) == [12]
    assert ends(held, 12) == []
    assert ends(held, 15) == [20]


def test_a_cursor_that_others_moved_beyond_the_last_row_follows_nothing(held: HandOver) -> None:
    # Others wrote up to 15 and may have been given more: where our rows begin after that, nobody knows.
    commit(held, 7, 12)
    commit(held, 15, 20)
    assert ends(held, 16) == []


def test_who_comes_late_with_what_it_wrote_before_is_not_heard(held: HandOver) -> None:
    # Two threads: the second one took the lock when the first had committed, and is here before it.
    commit(held, 9, 20)
    commit(held, 7, 12)
    assert ends(held, 7) == []
    assert ends(held, 20) == []
    assert ends(held, 12) == []


def test_only_what_the_log_was_seen_to_hold_is_handed_over(held: HandOver) -> None:
    commit(held, 7, 12)
    commit(held, 9, 20)
    assert ends(held, 7, last=12) == [12]
    assert ends(held, 7, last=7) == []


def test_partitions_have_stretches_of_their_own(held: HandOver) -> None:
    commit(held, 7, 12, A, B, A)
    commit(held, 12, 14, B)
    found = held.after({0: 7, 1: 7}, {0: 12, 1: 14}, ANY)
    assert {at: [(one.reached, one.events) for one in own] for at, own in found.items()} == {
        0: [(12, 2)],
        1: [(12, 1), (14, 1)],
    }
    assert [own.customer for own in found[1][0].streams] == [B]


def test_a_state_that_is_written_with_events_is_not_held(held: HandOver) -> None:
    state = Customer(version=1)
    of_others = sys.getrefcount(state)
    written = [StreamAppend(A, 0, [visited(NOON, 12)], Snapshot(state))]
    held.committed({0: 7}, 12, written, 0)
    del written
    assert ends(held, 7) == [12]
    assert sys.getrefcount(state) == of_others


def test_a_share_of_what_is_asked_for_is_enough(held: HandOver) -> None:
    for end in (10, 20, 30):
        commit(held, end - 10, end, A, A)
    assert ends(held, 0, limit=1) == [10]
    assert ends(held, 0, limit=3) == [10, 20]
    assert ends(held, 0, limit=5) == [10, 20, 30]


def test_what_is_taken_and_not_written_is_taken_again_and_what_is_passed_is_let_go(held: HandOver) -> None:
    commit(held, 0, 10)
    commit(held, 10, 20)
    assert ends(held, 0) == ends(held, 0) == [10, 20]
    assert ends(held, 10) == [20]
    assert ends(held, 0) == []


def test_nothing_is_held_before_somebody_asks() -> None:
    memory = HandOver(lambda customer: customer.int % 2)
    commit(memory, 0, 10)
    assert ends(memory, 0) == []
    commit(memory, 10, 20)
    assert ends(memory, 10) == [20]


def test_where_nobody_asks_for_long_all_is_let_go_and_nothing_more_is_held(
    held: HandOver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "MOST_HELD", 3)
    commit(held, 0, 10, A, B)
    commit(held, 10, 20, A)
    commit(held, 20, 30, A)
    commit(held, 30, 40, A)
    assert (held._stretches, held._held) == ({}, 0)
    assert ends(held, 30) == []
    commit(held, 40, 50, A)
    assert ends(held, 40) == [50]


def test_what_is_let_go_makes_room(held: HandOver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_over, "MOST_HELD", 3)
    for end in range(10, 200, 10):
        commit(held, end - 10, end, A, A)
        assert ends(held, end - 10) == [end]
        assert ends(held, end) == []


def test_what_was_folded_makes_room_at_once(held: HandOver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_over, "MOST_HELD", 3)
    for end in (10, 20, 30):
        commit(held, end - 10, end, A, A)
        held.folded(held.after({0: end - 10}, {0: EVERYWHERE}, ANY))
    commit(held, 30, 40, A)
    held.folded({0: [hand_over.Stretch(20, 20, 30, 2, [])]})  # another thread was quicker with it
    assert ends(held, 30) == [40]


def test_a_commit_of_large_events_is_not_held(held: HandOver) -> None:
    commit(held, 0, 10, A, A, stored=2 * hand_over.MOST_BYTES)
    commit(held, 10, 20, A, A, stored=2 * hand_over.MOST_BYTES + 1)
    assert ends(held, 0) == [10]
    assert ends(held, 10) == []


def test_a_child_that_is_forked_begins_without(held: HandOver) -> None:
    commit(held, 0, 10)

    def go_on() -> tuple[list[int], list[int]]:
        before = ends(held, 0)
        commit(held, 10, 20)
        return before, ends(held, 10)

    # As if another thread were at it.
    with held._lock, ForkedChild(go_on) as child:
        assert child.outcome() == ([], [20])
    assert ends(held, 0) == [10]


def exactly(value: Any) -> Any:
    """A value with its type, and those of all that it holds: what is equal may still be of another type."""
    kind = type(value)
    if isinstance(value, msgspec.Struct):
        return kind, exactly(msgspec.structs.astuple(value))
    if isinstance(value, Mapping):
        return kind, [(exactly(key), exactly(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return kind, [exactly(item) for item in value]
    return kind, repr(value)


class Text(str):
    """Text of a type of its own."""


class Whole(int):
    """An integer of a type of its own."""


class Real(float):
    """As numpy's float64 is."""


class Level(IntEnum):
    HIGH = 3


class Plan(Enum):
    GOLD = "gold"


class Pair(NamedTuple):
    one: int
    other: str


class Names(dict[str, Any]):
    """A mapping of a type of its own."""


class Several(list[Any]):
    """A list of a type of its own."""


EVERY_KIND: dict[str, Any] = {
    "text": "a",
    "own text": Text("ä"),
    "safe": SafeString("b"),
    "whole": 2**53 - 1,
    "negative": -(2**53) + 1,
    "own whole": Whole(7),
    "level": Level.HIGH,
    "plan": Plan.GOLD,
    "real": 1.0,
    "zero": -0.0,
    "tiny": 5e-324,
    "own real": Real(1.5),
    "price": Decimal("6.50"),
    "count": Decimal("6.00"),
    "yes": True,
    "no": False,
    "none": None,
    "moment": datetime(2026, 3, 5, 12, tzinfo=UTC),
    "day": date(2026, 3, 5),
    "who": BOB,
    "pair": (1, Text("b")),
    "named pair": Pair(1, "c"),
    "list": [1, [Whole(2), (3,)], {}],
    "own list": Several([Text("x")]),
    "object": {"a": {Text("b"): (Real(0.1), None)}},
    "own object": Names(a=Whole(1)),
    "frozen": MappingProxyType({"n": Decimal("0.1")}),
    Text("own name"): 1,
}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.integers(-(2**40), 2**40).map(Whole),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False).map(Real),
    st.text(max_size=5),
    st.text(max_size=5).map(Text),
    st.decimals(-1000, 1000, places=2),
    st.sampled_from([Level.HIGH, Plan.GOLD, BOB, date(2026, 3, 5), datetime(2026, 3, 5, 12, tzinfo=UTC)]),
)
NAMES = st.text(max_size=3) | st.text(max_size=3).map(Text)
TAKEN = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(Several),
        st.dictionaries(NAMES, inner, max_size=3),
        st.dictionaries(NAMES, inner, max_size=3).map(Names),
        st.dictionaries(NAMES, inner, max_size=3).map(MappingProxyType),
    ),
    max_leaves=8,
)


def facts(kind: SubmissionKind, content: Mapping[str, Any]) -> Sequence[CustomerEvent]:
    submission = submit((kind, {"uuid": ALICE, **content}, SERVER), NOON, lambda: uid(1))
    return admit(submission, BUILT_IN, TIMEOUT).facts


@LAW
@given(st.dictionaries(NAMES, TAKEN, max_size=4))
def test_facts_are_admitted_as_the_log_gives_them_whatever_types_a_backend_has(values: dict[str, Any]) -> None:
    handed_in: list[tuple[SubmissionKind, Mapping[str, Any]]] = [
        (SubmissionKind.EVENT, {"action": Text("page.visit"), "params": {**values, "url": Text("/")}}),
        (SubmissionKind.ATTRIBUTES, {"attributes": {**values, "some": 1}}),
        (SubmissionKind.ORDER, {"order_id": Text("o"), "items": [{**values, "sku": Text("tea")}]}),
    ]
    for kind, content in handed_in:
        try:
            admitted = facts(kind, content)
        except Rejected:
            continue
        for fact in admitted:
            assert exactly(fact) == exactly(decode(fact.topic, encode(fact)))


def stored_and_held(engine: footfall.Engine) -> tuple[dict[Any, list[Any]], dict[Any, list[Any]]]:
    """The events of all customers, as the log gives them and as they are handed over, each with its type."""
    log: EventLog = parts_of(engine).log
    start = dict.fromkeys(range(log.partitions), 0)
    with log.database.read() as connection:
        rows = log.statements.chunk(driver(connection), start, ANY)
    stretches = log.hand_over.after(start, log.positions(), ANY)
    stored, held = by_customer(rows, ()), handed_over(stretches, ())
    first, second = ({who: list(map(exactly, own.events)) for who, own in found.items()} for found in (stored, held))
    return first, second


@pytest.fixture
def asked(engine: footfall.Engine) -> footfall.Engine:
    """An engine that holds what it commits, from the first event on."""
    parts_of(engine).log.hand_over.after({}, {}, ANY)
    return engine


@pytest.mark.databases
def test_what_is_handed_over_is_what_the_log_gives(asked: footfall.Engine) -> None:
    asked.define("basket.fill")
    assert asked.track(ALICE, "basket.fill", EVERY_KIND).reason is None
    assert asked.update(ALICE, EVERY_KIND).reason is None
    assert asked.charge(BOB, SafeString("o"), [{"sku": "tea", **EVERY_KIND}], params=EVERY_KIND).reason is None
    # Sessions that begin, end and are joined by a late event, and a clock that is ahead.
    visits = [visit(ALICE, minute) for minute in (0, 50, 100, 25)]
    ahead = {**visit(BOB, 0), "time": datetime(2100, 1, 1, tzinfo=UTC)}
    assert statuses(asked.track_many([*visits[:3], ahead])) == ["accepted"] * 4
    asked.sweep()
    assert statuses(asked.track_many([visits[3], visits[0]])) == ["accepted", "duplicate"]
    stored, held = stored_and_held(asked)
    kinds = {kind.__name__ for events in stored.values() for kind, _ in events}
    assert {"SessionStarted", "SessionEnded", "SessionRevised", "AttributesUpdated"} <= kinds
    assert held == stored


class OtherUUID(UUID):
    """As asyncpg's are."""


@pytest.mark.databases
def test_uuids_of_other_types_give_the_same_rows(asked: footfall.Engine) -> None:
    customer, event_id = OtherUUID(int=ALICE.int), OtherUUID(int=5)
    asked.track_many([{"uuid": customer, "event_id": event_id, "action": "page.visit", "params": {"url": "/"}}])
    asked.catch_up()
    asked.track_many([{"uuid": customer, "action": "page.visit", "params": {"url": "/"}}])
    assert [row.event_id for row in asked.page_visits(ALICE, fresh=True)][1] == str(UUID(int=5))


@pytest.mark.databases
def test_what_a_host_does_with_its_own_objects_afterwards_changes_nothing(asked: footfall.Engine) -> None:
    asked.define("basket.fill")
    params: dict[str, Any] = {"n": 1}
    nested: dict[str, Any] = {"n": [1, {"m": 1}]}
    items = [{"sku": "tea", "n": [1]}]
    asked.track(ALICE, "basket.fill", params)
    asked.track_many([{"uuid": ALICE, "action": "basket.fill", "params": nested}])
    asked.update(ALICE, params)
    asked.charge(ALICE, "o", items, params=params)
    params["n"] = nested["n"][1]["m"] = items[0]["sku"] = "other"
    nested["n"].append(2)
    stored, held = stored_and_held(asked)
    assert held == stored


def break_down(*_: Any) -> None:
    raise footfall.StoreBusy("it breaks down")


@pytest.mark.databases
def test_what_is_refused_or_not_committed_is_not_handed_over(
    asked: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    undefined = {**visit(BOB, 0), "action": "no.such"}
    assert statuses(asked.track_many([visit(ALICE, 0), undefined])) == ["accepted", "rejected"]
    assert statuses(asked.track_many([visit(ALICE, 0)])) == ["duplicate"]
    for place, name in ((parts_of(asked).log.statements, "writing"), (Transaction, "_commit")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, break_down)
            with pytest.raises(footfall.StoreBusy):
                asked.track_many([visit(ALICE, 1)])
    assert statuses(asked.track_many([visit(ALICE, 2)])) == ["accepted"]
    stored, held = stored_and_held(asked)
    assert held == stored
    assert sum(map(len, held.values())) == 3


@pytest.mark.databases
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_hosts_transaction_hands_nothing_over(asked: footfall.Engine, database_url: str, is_kept: bool) -> None:
    kind = "sqlite3" if database_url.startswith("sqlite") else "psycopg"
    asked.track_many([visit(ALICE, 0)])
    before = stored_and_held(asked)[1]
    with opened(kind, database_url) as host:
        transaction = host.transaction() if is_kept else given_up(host.transaction())
        with transaction, asked.within(host.connection) as inside:
            inside.track_many([visit(ALICE, 1)])
    assert stored_and_held(asked)[1] == before
    asked.track_many([visit(ALICE, 2)])
    asked.catch_up()


def test_a_closed_engine_holds_nothing(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    memory = parts_of(engine).log.hand_over
    memory.after({}, {}, ANY)
    engine.track_many([visit(ALICE, 0)])
    assert memory._held
    engine.close()
    assert not memory._held
