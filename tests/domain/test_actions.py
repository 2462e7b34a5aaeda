from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.actions import check_name
from footfall.domain.builtin import BUILT_IN
from footfall.domain.errors import Reason, Rejected
from tests.builders import LAW, refused

LONGEST = "context." + "x" * 24


@pytest.mark.parametrize(
    "name", ["a.b", "page.visit", "client.applicationStarted", "A-Z_0.9", "a.b.c", "a..b", LONGEST]
)
def test_a_well_formed_name_is_returned_as_it_is(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "a", "ab", "visit", ".visit", "page.", ".", ".."])
def test_a_name_needs_a_dot_with_something_on_both_sides(name: str) -> None:
    with refused(Reason.INVALID_ACTION):
        check_name(name)


@pytest.mark.parametrize(
    "name", ["page visit.x", "page/visit.x", "pagé.visit", "page.visit\x00", "page.\u0661", "p\ud800.x"]
)
def test_a_name_is_made_of_ascii_letters_digits_and_three_signs(name: str) -> None:
    with refused(Reason.INVALID_ACTION):
        check_name(name)


@pytest.mark.parametrize("name", ["page.visit\n", "\npage.visit", "page\n.visit"])
def test_a_line_break_does_not_slip_through(name: str) -> None:
    with refused(Reason.INVALID_ACTION):
        check_name(name)


def test_thirty_two_characters_are_the_most() -> None:
    assert len(check_name(LONGEST)) == 32
    with refused(Reason.INVALID_ACTION):
        check_name(LONGEST + "x")


def test_the_reason_does_not_repeat_a_huge_name() -> None:
    with refused(Reason.INVALID_ACTION) as caught:
        check_name("x" * 100_000)
    assert len(caught.value.detail) < 200


def test_every_built_in_action_is_well_formed() -> None:
    assert [check_name(action) for action in BUILT_IN] == list(BUILT_IN)


@LAW
@given(st.text(alphabet="aZ9.-_ \né", max_size=34))
def test_a_name_is_accepted_if_and_only_if_the_rule_says_so(name: str) -> None:
    wanted = 2 <= len(name) <= 32 and not re.search(r"[^aZ9._-]", name) and "." in name[1:-1]
    try:
        accepted = check_name(name) == name
    except Rejected:
        accepted = False
    assert accepted == wanted
