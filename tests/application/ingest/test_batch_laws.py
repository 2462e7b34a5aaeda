"""What is taken in together is answered and stored as if each thing had come by itself."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from footfall.application.ports.vocabulary import SubmissionKind
from footfall.domain.events import CustomerEvent
from footfall.domain.moments import MINUTE, iso
from footfall.domain.results import Result
from footfall.domain.sender import SERVER, Sender
from tests.application.desk import Desk, at, order, update
from tests.builders import CUSTOMER, LAW, NOON, OTHER, TIMEOUT

Given = tuple[SubmissionKind, dict[str, Any], Sender]

_NUMBERS = st.integers(1, 9)
"""Few, so that the same event id comes again, with the same content or another."""
_OFFSETS = st.integers(-6, 2).map(lambda half: half * TIMEOUT // 2)
_URLS = st.sampled_from(("/a", "/b"))
_CUSTOMERS = st.sampled_from((CUSTOMER, CUSTOMER, OTHER))
_SENDERS = st.sampled_from((SERVER, SERVER, Sender.anonymous(CUSTOMER), Sender.anonymous(OTHER)))
_ACTIONS = st.sampled_from(("page.visit", "page.visit", "button.click", "client.login", "no.such"))


@st.composite
def _visits(draw: st.DrawFn) -> Given:
    fields = {"action": draw(_ACTIONS), "uuid": str(draw(_CUSTOMERS)), "params": {"url": draw(_URLS)}}
    return SubmissionKind.EVENT, at(draw(_NUMBERS), draw(_OFFSETS), **fields), draw(_SENDERS)


@st.composite
def _updates(draw: st.DrawFn) -> Given:
    attributes = {draw(st.sampled_from(("city", "email"))): draw(st.sampled_from((None, "x", "y")))}
    fields = {"uuid": str(draw(_CUSTOMERS)), "time": iso(NOON + draw(_OFFSETS)), "attributes": attributes}
    return SubmissionKind.ATTRIBUTES, update(draw(_NUMBERS), **fields), SERVER


@st.composite
def _orders(draw: st.DrawFn) -> Given:
    skus = draw(st.lists(st.sampled_from(("shirt", "socks")), min_size=1, max_size=3))
    return SubmissionKind.ORDER, {**order(draw(st.sampled_from(("o-1", "o-2"))), *skus)}, SERVER


_STORIES = st.lists(st.one_of(_visits(), _visits(), _visits(), _updates(), _orders()), min_size=1, max_size=25)


def outcome(parts: list[list[Given]], *, sweeping: bool) -> tuple[list[Result], dict[Any, list[CustomerEvent]]]:
    """The answers and all streams, where each part is taken in together."""
    desk, answers = Desk(now=NOON + MINUTE), list[Result]()
    for number, part in enumerate(parts):
        answers += desk.ingest.submit_each(part)
        if sweeping and number == 0:
            desk.sweep.sweep_all(lambda: NOON - TIMEOUT)
    return answers, desk.log.streams


@LAW
@given(_STORIES, _STORIES, st.booleans())
def test_a_batch_is_answered_and_stored_as_each_by_itself(before: list[Given], story: list[Given], ended: bool) -> None:
    alone = [[one] for one in story]
    assert outcome([before, story], sweeping=ended) == outcome([before, *alone], sweeping=ended)
