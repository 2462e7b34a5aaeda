from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.labels import render
from tests.builders import LAW

PLACES = st.sampled_from(("{{a}}", "{{ b }}", "{{}}", "{{", "}}", "{", "{{{a}}}", "{{a.b}}", "\\1", "\\g<0>"))
LABELS = st.lists(st.one_of(st.text(max_size=8), PLACES), max_size=6).map("".join)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(codec=None)), st.binary()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("label", "params", "shown"),
    [
        ("Visited page {{title}}", {"title": "Shoes"}, "Visited page Shoes"),
        ("Visited page {{ title }}", {"title": "Shoes"}, "Visited page Shoes"),
        ("{{a}}{{b}} and {{a}}", {"a": "x", "b": "y"}, "xy and x"),
        ("Started session", {"title": "Shoes"}, "Started session"),
        ("{{n}} of {{m}}, {{yes}}", {"n": 3, "m": 4.5, "yes": True}, "3 of 4.5, true"),
        ("{{list}} {{object}}", {"list": [1, None], "object": {"a": "b"}}, '[1,null] {"a":"b"}'),
        ("{{first name}}", {"first name": "Ada"}, "Ada"),
    ],
)
def test_places_are_filled_from_the_params(label: str, params: dict[str, Any], shown: str) -> None:
    assert render(label, params) == shown


@pytest.mark.parametrize("params", [{}, {"title": None}, {"Title": "other"}])
def test_a_missing_parameter_renders_as_nothing(params: dict[str, Any]) -> None:
    assert render("Visited page {{title}}", params) == "Visited page"
    assert render("a {{title}} b", params) == "a  b"


@pytest.mark.parametrize("value", ["{{secret}}", "\\1", "\\g<0>", "{{title}}"])
def test_a_value_is_not_a_template(value: str) -> None:
    assert render("Visited {{title}}", {"title": value, "secret": "s"}) == f"Visited {value}"


@pytest.mark.parametrize("label", ["{{", "}}", "{title}", "{{title}", "a }} b {{ c"])
def test_braces_that_make_no_place_stay(label: str) -> None:
    assert render(label, {"title": "Shoes"}) == label


@LAW
@given(LABELS, st.dictionaries(st.sampled_from("ab"), VALUES))
def test_rendering_never_raises(label: str, params: dict[str, Any]) -> None:
    shown = render(label, params)
    assert shown == shown.strip()


@LAW
@given(st.text(st.characters(exclude_characters="{}")))
def test_a_label_without_places_is_shown_as_it_is(label: str) -> None:
    assert render(label, {"a": "x"}) == label.strip()


def test_even_a_value_that_nothing_can_write_down_does_not_raise() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    render("{{deep}}", {"deep": deep})
    render("{{huge}}", {"huge": 10**5_000})
