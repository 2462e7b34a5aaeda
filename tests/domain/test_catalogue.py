from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.builtin import BUILT_IN
from footfall.domain.catalogue import Catalogue, advance, define, remove, replay, stream_id, stream_of
from footfall.domain.definition import Definition, Parameter, ParameterType
from footfall.domain.errors import InvalidDefinition, Reason
from footfall.domain.events import ActionDefined, ActionRemoved, CatalogueEvent
from footfall.domain.sender import Access
from tests.builders import LAW, NOON, refused

COUNT = Definition("entries.count", "Counted {{n}}", parameters={"n": Parameter(ParameterType.INTEGER)})
VISIT = BUILT_IN["page.visit"]
CHARGE = BUILT_IN["transaction.charge"]
CLOSED_BUILT_INS = ["session.start", "session.end", "session.revise", "transaction.charge", "product.buy"]


def after(*events: CatalogueEvent, catalogue: Catalogue = BUILT_IN) -> Catalogue:
    return advance(catalogue, events)


def relabelled(definition: Definition, label: str) -> Definition:
    return replace(definition, label=label)


def test_a_new_definition_is_written() -> None:
    assert define(BUILT_IN, COUNT, NOON) == [ActionDefined(NOON, COUNT)]


def test_the_same_definition_again_is_nothing() -> None:
    assert define(after(ActionDefined(NOON, COUNT)), COUNT, NOON + 1) == []


def test_a_changed_definition_replaces_the_one_before() -> None:
    changed = relabelled(COUNT, "Other")
    events = define(after(ActionDefined(NOON, COUNT)), changed, NOON + 1)
    assert events == [ActionDefined(NOON + 1, changed)]
    assert after(ActionDefined(NOON, COUNT), *events) == {**BUILT_IN, "entries.count": changed}


def test_a_malformed_name_is_not_defined() -> None:
    with refused(Reason.INVALID_ACTION):
        define(BUILT_IN, Definition("entries count", ""), NOON)


def test_a_definition_is_removed_once() -> None:
    catalogue = after(ActionDefined(NOON, COUNT))
    assert remove(catalogue, "entries.count", NOON) == [ActionRemoved(NOON, "entries.count")]
    assert remove(after(ActionRemoved(NOON, "entries.count"), catalogue=catalogue), "entries.count", NOON) == []
    assert remove(BUILT_IN, "never.known", NOON) == []


@pytest.mark.parametrize("action", BUILT_IN)
def test_a_built_in_action_cannot_be_removed(action: str) -> None:
    with pytest.raises(InvalidDefinition, match=action):
        remove(BUILT_IN, action, NOON)


@pytest.mark.parametrize("action", BUILT_IN)
def test_a_built_in_action_can_be_described_and_extended(action: str) -> None:
    original = BUILT_IN[action]
    parameters = {**original.parameters, "campaign": Parameter(ParameterType.STRING)}
    wanted = replace(original, label="Now {{campaign}}", description="New", parameters=parameters)
    assert define(BUILT_IN, wanted, NOON) == [ActionDefined(NOON, wanted)]


def test_a_built_in_action_cannot_lose_a_parameter() -> None:
    lost = {name: one for name, one in VISIT.parameters.items() if name != "referrer"}
    with pytest.raises(InvalidDefinition, match="referrer"):
        define(BUILT_IN, replace(VISIT, parameters=lost), NOON)


@pytest.mark.parametrize("other", [Parameter(ParameterType.STRING), Parameter(ParameterType.OBJECT, required=True)])
def test_a_built_in_action_cannot_change_a_parameter(other: Parameter) -> None:
    changed = {**VISIT.parameters, "url": other}
    with pytest.raises(InvalidDefinition, match="url"):
        define(BUILT_IN, replace(VISIT, parameters=changed), NOON)


def test_a_built_in_action_stays_built_in_whatever_is_asked_for() -> None:
    (event,) = define(BUILT_IN, replace(VISIT, label="Saw", built_in=False), NOON)
    assert after(event)["page.visit"].built_in
    assert define(BUILT_IN, replace(VISIT, built_in=False), NOON) == []


@pytest.mark.parametrize("action", CLOSED_BUILT_INS)
def test_what_the_engine_writes_keeps_its_access_and_counts_for_no_session(action: str) -> None:
    with pytest.raises(InvalidDefinition, match="fixed"):
        define(BUILT_IN, replace(BUILT_IN[action], access=Access.ANONYMOUS), NOON)
    with pytest.raises(InvalidDefinition, match="fixed"):
        define(BUILT_IN, replace(BUILT_IN[action], session_activity=True), NOON)


def test_access_to_another_built_in_action_can_be_changed() -> None:
    closed = replace(VISIT, access=Access.SERVER)
    assert define(BUILT_IN, closed, NOON) == [ActionDefined(NOON, closed)]


OWN = Definition("product.addToCart", "Mine", "", {"sku": Parameter(ParameterType.INTEGER)}, Access.AUTHENTICATED)


def test_what_a_host_had_defined_under_a_name_that_is_built_in_now_stays_its_own() -> None:
    stored = after(ActionDefined(NOON, OWN))
    assert stored[OWN.action] == OWN
    changed = replace(OWN, parameters={"article": Parameter(ParameterType.STRING)}, access=Access.SERVER)
    assert define(stored, changed, NOON) == [ActionDefined(NOON, changed)]
    assert define(stored, replace(OWN, built_in=True), NOON) != []
    assert remove(stored, OWN.action, NOON) == [ActionRemoved(NOON, OWN.action)]


def test_what_a_host_had_removed_stays_removed_until_it_is_defined_as_it_is_built_in() -> None:
    removed = after(ActionDefined(NOON, OWN), ActionRemoved(NOON, OWN.action))
    assert OWN.action not in removed
    assert remove(removed, OWN.action, NOON) == []
    with pytest.raises(InvalidDefinition, match="sku"):
        define(removed, OWN, NOON)
    assert define(removed, BUILT_IN[OWN.action], NOON) == [ActionDefined(NOON, BUILT_IN[OWN.action])]


# As it was built in before page facts were.
EARLIER_VISIT = replace(
    VISIT,
    label="Saw {{title}}",
    parameters={name: VISIT.parameters[name] for name in ("url", "title", "referrer")},
    bots_in_sessions=True,
)


def test_a_built_in_action_that_was_stored_earlier_gains_the_parameters_it_was_given_since() -> None:
    known = after(ActionDefined(NOON, EARLIER_VISIT))
    assert known["page.visit"] == replace(VISIT, label="Saw {{title}}")
    relabelled_again = replace(known["page.visit"], label="Was on {{title}}")
    assert define(known, relabelled_again, NOON) == [ActionDefined(NOON, relabelled_again)]


def test_a_parameter_that_a_host_had_given_a_built_in_action_stays_as_it_is() -> None:
    own = {"language": Parameter(ParameterType.ARRAY, required=True), "bot": Parameter(ParameterType.BOOLEAN)}
    stored = replace(EARLIER_VISIT, parameters={**EARLIER_VISIT.parameters, **own})
    known = after(ActionDefined(NOON, stored))
    assert known["page.visit"].parameters == {**VISIT.parameters, **own}
    assert known["page.visit"].bots_in_sessions
    for language in (own["language"], VISIT.parameters["language"]):
        wanted = replace(known["page.visit"], parameters={**VISIT.parameters, **own, "language": language}, label="New")
        assert define(known, wanted, NOON) == [ActionDefined(NOON, wanted)]
    other = {**VISIT.parameters, "language": Parameter(ParameterType.NUMBER)}
    with pytest.raises(InvalidDefinition, match="language"):
        define(known, replace(known["page.visit"], parameters=other), NOON)


def test_a_wish_about_bots_stays_once_they_are_known() -> None:
    wanted = replace(VISIT, bots_in_sessions=True)
    assert define(BUILT_IN, wanted, NOON) == [ActionDefined(NOON, wanted)]
    assert after(ActionDefined(NOON, wanted))["page.visit"] == wanted


def test_the_catalogue_as_of_a_moment_is_what_its_events_had_made_it_by_then() -> None:
    changed = relabelled(COUNT, "Other")
    events: list[CatalogueEvent] = [
        ActionDefined(10, COUNT),
        ActionDefined(20, changed),
        ActionRemoved(30, "entries.count"),
    ]
    assert replay(events, until=9) == BUILT_IN
    assert replay(events, until=10)["entries.count"] == COUNT
    assert replay(events, until=29)["entries.count"] == changed
    assert replay(events, until=30) == replay(events) == BUILT_IN


def test_the_stream_of_a_definition_follows_from_its_action() -> None:
    defined, removed = stream_of(ActionDefined(NOON, COUNT)), stream_of(ActionRemoved(NOON, "entries.count"))
    assert defined == removed == stream_id("entries.count")
    assert stream_id("entries.count") == stream_id("entries.count") != stream_id("page.visit")


EVENTS = st.one_of(
    st.builds(
        lambda action, label: ActionDefined(0, Definition(action, label)), *[st.sampled_from(("a.b", "c.d"))] * 2
    ),
    st.builds(lambda action: ActionRemoved(0, action), st.sampled_from(("a.b", "c.d"))),
)


def stamped(events: Iterable[CatalogueEvent]) -> list[CatalogueEvent]:
    return [msgspec.structs.replace(event, time=time) for time, event in enumerate(events)]


@LAW
@given(st.lists(EVENTS, max_size=8).map(stamped))
def test_replay_until_any_moment_is_the_fold_up_to_it(events: list[CatalogueEvent]) -> None:
    nothing: Catalogue = BUILT_IN
    steps = accumulate(events, lambda known, event: advance(known, [event]), initial=nothing)
    assert [replay(events, until) for until in range(-1, len(events))] == list(steps)
