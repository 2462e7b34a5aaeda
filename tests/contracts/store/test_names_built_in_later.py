"""Stores in which a host had used a name, or extended an action, before a later version built it in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import footfall
from footfall import Access, Definition, Parameter, ParameterType, Sender
from footfall.domain.catalogue import stream_of
from footfall.domain.events import ActionDefined, ActionRemoved, CatalogueEvent, Recorded
from footfall.domain.moments import to_datetime
from footfall.infrastructure.log.event_log import EventLog
from tests.contracts.support import ALICE, NOON, OpenEngine, named

TO_CART, VISIT = "product.addToCart", "page.visit"
ARTICLE = {"article": Parameter(ParameterType.INTEGER, required=True)}
OWN = Definition(TO_CART, "Into the basket", "", ARTICLE, Access.AUTHENTICATED, session_activity=True)
EARLIER_VISIT = Definition(
    VISIT,
    "Saw {{title}}",
    "",
    {
        "url": Parameter(ParameterType.STRING, required=True),
        "title": Parameter(ParameterType.STRING),
        "referrer": Parameter(ParameterType.STRING),
        "campaign": Parameter(ParameterType.STRING),
    },
    Access.ANONYMOUS,
    session_activity=True,
    built_in=True,
)
ANYONE, KNOWN = Sender.anonymous(ALICE), Sender.authenticated(ALICE)

OpenOld = Callable[..., footfall.Engine]


@pytest.fixture
def old(event_log_at: Callable[[str], EventLog], engine_at: OpenEngine, database_url: str) -> OpenOld:
    """Opens a store whose catalogue an older version wrote."""

    def open_old(*events: CatalogueEvent) -> footfall.Engine:
        stream = stream_of(events[0])
        event_log_at(database_url).define([Recorded(stream, n, event) for n, event in enumerate(events, 1)])
        return engine_at(database_url)

    return open_old


def reason(result: footfall.Result) -> str:
    return str(result.reason or result.status)


def test_a_definition_of_the_hosts_stays_with_its_parameters_and_its_access(old: OpenOld) -> None:
    engine = old(ActionDefined(NOON, OWN))
    assert engine.definitions()[TO_CART] == OWN
    assert reason(engine.track(ALICE, TO_CART, {"article": 7}, sender=KNOWN)) == "accepted"
    assert reason(engine.track(ALICE, TO_CART, {"article": 7}, sender=ANYONE)) == "access_denied"
    assert reason(engine.track(ALICE, TO_CART, {"sku": "T-100", "quantity": 1})) == "missing_parameter"


def test_a_definition_of_the_hosts_can_still_be_changed_in_every_way(old: OpenOld) -> None:
    engine = old(ActionDefined(NOON, OWN))
    changed = engine.define(TO_CART, parameters={"isbn": footfall.String()}, access=Access.SERVER)
    assert (list(changed.parameters), changed.access, changed.built_in) == (["isbn"], Access.SERVER, False)
    assert engine.definitions()[TO_CART] == changed


def test_a_definition_of_the_hosts_gives_way_to_the_built_in_one_once_it_is_undefined(old: OpenOld) -> None:
    engine = old(ActionDefined(NOON, OWN))
    engine.undefine(TO_CART)
    assert TO_CART not in engine.definitions()
    assert reason(engine.track(ALICE, TO_CART, {"sku": "T-100", "quantity": 1})) == "undefined_action"
    defined = engine.define(TO_CART, label="Into the basket")
    assert (defined.built_in, defined.access) == (True, Access.ANONYMOUS)
    assert [reason(result) for result in engine.redrive()] == ["accepted"]
    with pytest.raises(footfall.InvalidDefinition, match="built in"):
        engine.undefine(TO_CART)


def test_what_the_host_had_removed_is_refused_as_before(old: OpenOld) -> None:
    engine = old(ActionDefined(NOON, OWN), ActionRemoved(NOON + 1, TO_CART))
    assert TO_CART not in engine.definitions()
    assert reason(engine.track(ALICE, TO_CART, {"sku": "T-100", "quantity": 1}, sender=ANYONE)) == "undefined_action"
    assert TO_CART in engine.definitions(as_of=to_datetime(NOON))


def test_an_extended_built_in_action_gains_what_was_added_to_it_since(old: OpenOld) -> None:
    engine = old(ActionDefined(NOON, EARLIER_VISIT))
    known = engine.definitions()[VISIT]
    assert (known.label, "campaign" in known.parameters) == ("Saw {{title}}", True)
    assert {"browser", "utmSource", "bot"} <= known.parameters.keys()
    assert engine.define(VISIT, label="Was on {{title}}").parameters == known.parameters
    params = {"url": "/", "bot": True, "browser": "Googlebot"}
    assert reason(engine.track(ALICE, VISIT, params, event_id=named("visit"), sender=ANYONE)) == "accepted"
    assert engine.sessions(ALICE, fresh=True) == []
    assert engine.timeline(ALICE)[0].params == params
    assert engine.verify().ok
