"""The actions that every catalogue starts with: who may send them, what they need, what counts for sessions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from footfall.domain.admission_rules import check_params, is_activity
from footfall.domain.builtin import BUILT_IN, PAGE_FACTS
from footfall.domain.definition import BOT, Definition, Parameter, ParameterType
from footfall.domain.errors import Reason
from footfall.domain.labels import render
from footfall.domain.sender import Access
from tests.builders import refused

ANONYMOUS, WITH_JWT, AUTHENTICATED, SERVER = "anonymous", "anonymous_with_jwt", "authenticated", "server"
RULES: dict[str, tuple[str, bool, set[str]]] = {
    "page.visit": (ANONYMOUS, True, {"url"}),
    "screen.view": (ANONYMOUS, True, set()),
    "screen.click": (ANONYMOUS, True, {"name"}),
    "button.click": (ANONYMOUS, True, set()),
    "link.click": (ANONYMOUS, True, set()),
    "banner.view": (ANONYMOUS, True, set()),
    "banner.hover": (ANONYMOUS, True, set()),
    "banner.click": (ANONYMOUS, True, set()),
    "product.view": (ANONYMOUS, True, set()),
    "product.addToCart": (ANONYMOUS, True, {"sku", "quantity"}),
    "product.removeFromCart": (ANONYMOUS, True, {"sku", "quantity"}),
    "product.addToFavorite": (ANONYMOUS, True, {"sku"}),
    "product.removeFromFavorite": (ANONYMOUS, True, {"sku"}),
    "item.search": (ANONYMOUS, True, {"query"}),
    "item.searchClick": (ANONYMOUS, True, {"sku"}),
    "client.applicationStarted": (ANONYMOUS, True, set()),
    "push.click": (ANONYMOUS, True, {"id"}),
    "push.view": (ANONYMOUS, False, {"id"}),
    "client.location": (ANONYMOUS, False, {"lat", "lon"}),
    "form.submit": (WITH_JWT, True, set()),
    "client.register": (WITH_JWT, True, set()),
    "client.login": (AUTHENTICATED, True, set()),
    "client.logout": (AUTHENTICATED, True, set()),
    "newsletter.open": (SERVER, False, {"id"}),
    "newsletter.click": (SERVER, False, {"id", "url"}),
    "transaction.charge": (SERVER, False, {"orderId", "items"}),
    "product.buy": (SERVER, False, {"orderId", "sku"}),
    "transaction.cancel": (SERVER, False, {"orderId"}),
    "session.start": (SERVER, False, set()),
    "session.end": (SERVER, False, set()),
    "session.revise": (SERVER, False, set()),
}
VALUES: dict[ParameterType, Any] = {
    ParameterType.STRING: "T-100",
    ParameterType.INTEGER: 3,
    ParameterType.NUMBER: 6.5,
    ParameterType.BOOLEAN: False,
    ParameterType.ARRAY: [{"sku": "T-100"}],
}


def of(action: str) -> tuple[str, bool, set[str]]:
    definition = BUILT_IN[action]
    required = {name for name, one in definition.parameters.items() if one.required}
    return str(definition.access), definition.session_activity, required


def needed(definition: Definition) -> dict[str, Any]:
    return {name: VALUES[one.type] for name, one in definition.parameters.items() if one.required}


def test_built_in_is_what_the_rules_say() -> None:
    assert {action: of(action) for action in BUILT_IN} == RULES
    assert all(action == one.action and one.built_in for action, one in BUILT_IN.items())


@pytest.mark.parametrize("action", BUILT_IN)
def test_each_is_described_and_labelled(action: str) -> None:
    definition = BUILT_IN[action]
    assert definition.description.endswith(".")
    assert len(definition.description) <= 100
    shown = render(definition.label, {name: f"<{name}>" for name in definition.parameters})
    assert shown.count("<") == definition.label.count("{{")


@pytest.mark.parametrize("action", BUILT_IN)
def test_each_needs_what_is_required_and_nothing_else(action: str) -> None:
    definition = BUILT_IN[action]
    check_params(definition, needed(definition))
    for name in needed(definition):
        with refused(Reason.MISSING_PARAMETER):
            check_params(definition, {other: value for other, value in needed(definition).items() if other != name})


@pytest.mark.parametrize("action", BUILT_IN)
def test_what_clients_send_may_be_marked_as_a_bots_and_then_counts_for_no_session(action: str) -> None:
    definition = BUILT_IN[action]
    by_client = definition.access is not Access.SERVER
    assert definition.parameters.get(BOT) == (Parameter(ParameterType.BOOLEAN) if by_client else None)
    assert not is_activity(definition, {BOT: True})
    assert is_activity(definition, {BOT: False}) == is_activity(definition, {}) == definition.session_activity


@pytest.mark.parametrize("mark", ["true", 1, [True], None])
def test_only_true_marks_a_bot(mark: Any) -> None:
    assert is_activity(BUILT_IN["page.visit"], {BOT: mark})


def test_bots_count_where_the_definition_says_so() -> None:
    activity = Definition("entries.count", "", session_activity=True)
    assert is_activity(replace(activity, bots_in_sessions=True), {BOT: True})
    assert not is_activity(replace(activity, bots_in_sessions=False), {BOT: True})
    assert not is_activity(replace(activity, session_activity=False, bots_in_sessions=True), {BOT: True})


def test_facts_about_a_page_visit_are_defined_and_never_required() -> None:
    parameters = BUILT_IN["page.visit"].parameters
    campaign = {"utmSource", "utmMedium", "utmCampaign", "utmTerm", "utmContent"}
    assert parameters.keys() == {"url", "title", "referrer"} | campaign | PAGE_FACTS
    assert {name for name, one in parameters.items() if one.required} == {"url"}
