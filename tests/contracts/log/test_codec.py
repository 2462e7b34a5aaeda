"""What is stored is read again as it was: events of every kind, snapshots, and the shapes of former versions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.application.ports.errors import UnreadableEvent
from footfall.domain.builtin import BUILT_IN
from footfall.domain.customer import INITIAL, Customer
from footfall.domain.definition import Definition, Parameter, ParameterType
from footfall.domain.events import (
    ActionDefined,
    ActionRemoved,
    ActivityRecorded,
    AttributesUpdated,
    IssuerDistrusted,
    IssuerTrusted,
    KeyCreated,
    KeyRevoked,
    KeyUsed,
    SessionEnded,
    SessionRevised,
    SessionStarted,
    SessionTimeoutSet,
)
from footfall.domain.history import advance
from footfall.domain.issuer import Issuer, IssuerKey
from footfall.domain.key import Key, Scope
from footfall.domain.sender import Access
from footfall.domain.sessions import Session
from footfall.infrastructure.log import codec

LISTS = st.lists(st.text(), max_size=3).map(tuple)
SCOPES = st.lists(st.sampled_from(Scope), max_size=3).map(tuple)
KEYS = st.one_of(
    st.builds(Key, st.text(), st.text(), LISTS, st.none() | st.integers(1, 10**6)),
    st.builds(Key, st.text(), st.text(), scopes=SCOPES, secret_sha256=st.binary(min_size=32, max_size=32)),
)
ISSUER_KEYS = st.builds(IssuerKey, st.none() | st.text(), st.text(), st.text())
ISSUERS = st.builds(
    Issuer, st.text(), st.text(), st.lists(ISSUER_KEYS, max_size=3).map(tuple), st.text(), st.none() | st.text()
)
MOMENTS = st.integers(-(2**62), 2**62)
IDS = st.uuids()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.text(), VALUES, max_size=4)
CLAIMS = st.none() | MOMENTS
EVENTS = st.one_of(
    st.builds(ActivityRecorded, MOMENTS, MOMENTS, IDS, st.text(), DOCUMENTS, st.booleans(), CLAIMS),
    st.builds(AttributesUpdated, MOMENTS, MOMENTS, IDS, DOCUMENTS, CLAIMS),
    *(
        st.builds(kind, MOMENTS, MOMENTS, IDS, IDS, IDS, MOMENTS, MOMENTS, st.lists(IDS, max_size=3).map(tuple))
        for kind in (SessionStarted, SessionEnded, SessionRevised)
    ),
    st.builds(ActionDefined, MOMENTS, st.sampled_from(sorted(BUILT_IN)).map(BUILT_IN.__getitem__)),
    st.builds(ActionRemoved, MOMENTS, st.text()),
    st.builds(KeyCreated, MOMENTS, KEYS),
    st.builds(KeyRevoked, MOMENTS, st.text(), st.text(), MOMENTS),
    st.builds(KeyUsed, MOMENTS, st.text(), st.text()),
    st.builds(IssuerTrusted, MOMENTS, ISSUERS),
    st.builds(IssuerDistrusted, MOMENTS, st.text()),
)


@given(EVENTS)
def test_an_event_comes_back_as_it_was_stored(event: Any) -> None:
    assert codec.decode(event.topic, codec.encode(event)) == event


def visited(minute: int) -> ActivityRecorded:
    return ActivityRecorded(minute * 60_000_000, 0, UUID(int=minute + 1), "page.visit", {"url": f"/{minute}"}, True)


def test_a_snapshot_comes_back() -> None:
    state = advance(INITIAL, [visited(0), visited(5), visited(90)])
    state = advance(state, [AttributesUpdated(7, 7, UUID(int=99), {"plan": ["gold", 1, None]})])
    assert codec.decode_snapshot(codec.encode_snapshot(state)) == state


def test_a_snapshot_of_another_shape_is_not_used() -> None:
    assert codec.decode_snapshot(codec.encode((codec.SNAPSHOT_FORMAT, "something else"))) is None
    assert codec.decode_snapshot(codec.encode((codec.SNAPSHOT_FORMAT + 1, Customer()))) is None
    assert codec.decode_snapshot(codec.encode((1, 1_800_000_000, Customer()))) is None


@pytest.mark.parametrize(
    ("written", "forgotten", "attributes", "used"),
    [
        (codec.WITHOUT_CLAIMS, 3, {}, True),
        (codec.WITHOUT_CLAIMS, 0, {"plan": [7, UUID(int=99), "gold"]}, False),
        (codec.WITHOUT_PAST_SESSIONS, 0, {}, True),
        (codec.WITHOUT_PAST_SESSIONS, 3, {}, False),
        (codec.WITHOUT_PAST_SESSIONS, 0, {"plan": [7, UUID(int=99), "gold"]}, False),
    ],
)
def test_a_snapshot_of_an_older_format_is_used_where_it_lacks_nothing(
    written: int, forgotten: int, attributes: dict[str, Any], used: bool
) -> None:
    page = [5, UUID(int=1), "/5", None]
    session = [5, UUID(int=1), 5, 10, 1, 1, page, page, False]
    stored = codec.encode((written, [9, {}, 5, 5, attributes, [session], forgotten, None, False]))
    state = codec.decode_snapshot(stored)
    assert (state is not None) == used
    assert state is None or state.sessions == (Session(5, UUID(int=1), 5, 10, 1, 1, None, None),)


def test_a_past_session_that_an_older_program_wrote_is_read_without_its_pages() -> None:
    page = [5, UUID(int=1), "/5", None]
    stored = codec.encode([5, UUID(int=1), 5, 10, 1, 1, page, page, True])
    assert codec.decode_session(stored) == Session(5, UUID(int=1), 5, 10, 1, 1, None, None, True)


def test_a_retired_topic_is_read_through_its_upcast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(codec.UPCASTS, "visit", lambda state: visited(int(state)))
    assert codec.decode("visit", b"7") == visited(7)


@pytest.mark.parametrize(
    ("topic", "state"), [("never.written", b""), ("activity", b""), ("activity", b"\x93\x01\x02\x03")]
)
def test_what_nobody_ever_wrote_is_unreadable(topic: str, state: bytes) -> None:
    with pytest.raises(UnreadableEvent, match=topic):
        codec.decode(topic, state)


TOPICS: dict[str, Any] = {
    "activity": ActivityRecorded,
    "attributes": AttributesUpdated,
    "session.start": SessionStarted,
    "session.end": SessionEnded,
    "session.revise": SessionRevised,
    "action.defined": ActionDefined,
    "action.removed": ActionRemoved,
    "timeout.set": SessionTimeoutSet,
    "key.created": KeyCreated,
    "key.revoked": KeyRevoked,
    "key.used": KeyUsed,
    "issuer.trusted": IssuerTrusted,
    "issuer.distrusted": IssuerDistrusted,
}


def test_the_stored_names_stay_what_they_are() -> None:
    assert set(TOPICS) == codec.TOPICS
    assert {topic: kind.topic for topic, kind in TOPICS.items()} == {topic: topic for topic in TOPICS}


def test_an_event_that_an_older_program_wrote_is_readable() -> None:
    # Written down from the bytes of version 0.1: a shape that changes must bring its upcast along.
    written = bytes.fromhex(
        "97cd03e8cd07d0c41000000000000000000000000000000001aa706167652e766973697481a375726ca12fc3c0"
    )
    assert codec.decode("activity", written) == ActivityRecorded(
        1000, 2000, UUID(int=1), "page.visit", {"url": "/"}, True
    )


def test_a_definition_that_an_older_program_wrote_counts_bots_as_it_did() -> None:
    written = bytes.fromhex(
        "92cd03e887a6616374696f6ead656e74726965732e636f756e74a56c6162656ca7436f756e746564ab6465736372697074696f6ea0aa70"
        "6172616d657465727381a3626f7482a474797065a7626f6f6c65616ea87265717569726564c2a6616363657373a9616e6f6e796d6f7573"
        "b073657373696f6e5f6163746976697479c3a86275696c745f696ec2"
    )
    marks = {"bot": Parameter(ParameterType.BOOLEAN)}
    counted = Definition(
        "entries.count", "Counted", "", marks, Access.ANONYMOUS, session_activity=True, bots_in_sessions=True
    )
    assert codec.decode("action.defined", written) == ActionDefined(1000, counted)
