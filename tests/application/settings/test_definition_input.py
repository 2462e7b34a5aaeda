from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from footfall.application.settings.definition_input import read_definition
from footfall.domain.builtin import BUILT_IN
from footfall.domain.catalogue import Catalogue
from footfall.domain.definition import Definition, Parameter, ParameterType
from footfall.domain.errors import InvalidDefinition
from footfall.domain.sender import Access

TEXT, NUMBER = Parameter(ParameterType.STRING), Parameter(ParameterType.NUMBER, required=True)
COUNT = Definition("entries.count", "Counted", "How many", {"n": NUMBER}, Access.AUTHENTICATED, session_activity=True)
CATALOGUE: Catalogue = {**BUILT_IN, "entries.count": COUNT}


def wanted(catalogue: Catalogue = BUILT_IN, action: str = "entries.count", **fields: Any) -> Definition:
    return read_definition(action=action, **fields).apply(catalogue)


def test_a_new_definition_has_its_name_as_label_and_is_for_the_server() -> None:
    assert wanted() == Definition("entries.count", "entries.count", "", {}, Access.SERVER, session_activity=False)


@pytest.mark.parametrize("access", [level for level in Access if level is not Access.SERVER])
def test_a_new_definition_that_clients_may_send_is_session_activity_unless_it_says_otherwise(access: Access) -> None:
    assert wanted(access=access).session_activity
    assert not wanted(access=access, session_activity=False).session_activity


def test_a_new_definition_for_the_server_is_no_session_activity_unless_it_says_otherwise() -> None:
    assert not wanted(access=Access.SERVER).session_activity
    assert wanted(access=Access.SERVER, session_activity=True).session_activity


def test_bots_are_out_of_sessions_in_a_new_definition_that_clients_may_send_unless_it_says_otherwise() -> None:
    for access in Access:
        assert wanted(access=access).bots_in_sessions == (access is Access.SERVER)
        for given in (True, False):
            assert wanted(access=access, bots_in_sessions=given).bots_in_sessions is given
    assert wanted(CATALOGUE, bots_in_sessions=False) == replace(COUNT, bots_in_sessions=False)
    assert not wanted(action="page.visit", label="Saw").bots_in_sessions


def test_a_built_in_action_that_is_not_in_the_catalogue_is_the_ground_of_its_definition() -> None:
    missing = {action: one for action, one in BUILT_IN.items() if action != "item.search"}
    assert wanted(missing, "item.search", label="Sought") == replace(BUILT_IN["item.search"], label="Sought")


def test_what_is_left_out_stays_as_it_is() -> None:
    assert wanted(CATALOGUE) == COUNT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", ""),
        ("description", ""),
        ("access", Access.SERVER),
        ("session_activity", False),
        ("parameters", {}),
        ("bots_in_sessions", False),
    ],
)
def test_what_is_given_replaces_even_when_it_is_empty(field: str, value: Any) -> None:
    changed = wanted(CATALOGUE, **{field: value})
    assert getattr(changed, field) == value
    untouched = {"label", "description", "access", "session_activity", "parameters", "bots_in_sessions"} - {field}
    assert all(getattr(changed, name) == getattr(COUNT, name) for name in untouched)


def test_parameters_are_replaced_together() -> None:
    assert wanted(CATALOGUE, parameters={"who": TEXT}).parameters == {"who": TEXT}


def test_parameters_of_a_built_in_action_are_added_to_its_own() -> None:
    extended = wanted(action="page.visit", parameters={"campaign": TEXT})
    assert extended.parameters == {**BUILT_IN["page.visit"].parameters, "campaign": TEXT}
    assert extended.built_in


def test_parameters_may_be_written_as_plain_data() -> None:
    given = {"n": {"type": "number", "required": True}, "who": {"type": "string"}}
    assert wanted(parameters=given).parameters == {"n": NUMBER, "who": TEXT}


def test_access_may_be_written_as_text() -> None:
    assert wanted(access="anonymous_with_jwt").access is Access.ANONYMOUS_WITH_JWT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", 7),
        ("label", "a\x00b"),
        ("label", "\ud800"),
        ("label", "x" * 2_001),
        ("description", "\x00"),
        ("access", "everyone"),
        ("session_activity", "perhaps"),
        ("parameters", ["n"]),
        ("parameters", {"n": "integer"}),
        ("parameters", {"n": {"type": "decimal"}}),
        ("parameters", {"n": {"type": "string", "default": ""}}),
        ("parameters", {"": {"type": "string"}}),
        ("parameters", {"x" * 65: {"type": "string"}}),
        ("parameters", {"n\x00": {"type": "string"}}),
        ("parameters", {f"n{n}": {"type": "string"} for n in range(201)}),
        ("unknown", 1),
    ],
)
def test_an_error_names_the_action_and_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        read_definition(action="entries.count", **{field: value})
    assert "'entries.count'" in str(caught.value)
    assert f" {field}" in str(caught.value)


def test_every_field_in_error_is_named() -> None:
    with pytest.raises(InvalidDefinition, match=r"label.*access"):
        read_definition(action="entries.count", label=7, access="everyone")


@pytest.mark.parametrize("fields", [{}, {"action": 7}, {"action": None}])
def test_an_action_must_be_named(fields: dict[str, object]) -> None:
    with pytest.raises(InvalidDefinition, match="action"):
        read_definition(**fields)


def test_long_texts_and_many_parameters_pass_up_to_their_limits() -> None:
    many = {f"n{n}": TEXT for n in range(200)}
    assert wanted(label="x" * 2_000, parameters=many).parameters == many
    assert list(wanted(parameters={"x" * 64: TEXT}).parameters) == ["x" * 64]
