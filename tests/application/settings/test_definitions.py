from __future__ import annotations

import pytest

from footfall.application.settings.definition_input import read_definition
from footfall.domain.builtin import BUILT_IN
from footfall.domain.errors import InvalidDefinition, Reason
from tests.application.desk import Desk
from tests.builders import NOON, refused

ACTION = "entries.count"


def test_a_new_log_knows_the_built_in_actions() -> None:
    assert Desk().settings.now.catalogue == BUILT_IN


def test_what_is_defined_is_returned_and_known_at_once() -> None:
    desk = Desk()
    defined = desk.definitions.define(read_definition(action=ACTION, label="Counted"))
    assert defined.label == "Counted"
    assert desk.settings.now.catalogue == {**BUILT_IN, ACTION: defined}


def test_the_same_definition_again_writes_nothing() -> None:
    desk = Desk()
    for _ in range(3):
        desk.define(ACTION, label="Counted")
    assert len(desk.log.definitions) == 1


def test_each_action_has_a_stream_of_its_own_without_gaps() -> None:
    desk = Desk()
    for label in ("one", "two"):
        desk.define(ACTION, label=label)
        desk.define("other.thing", label=label)
    desk.definitions.remove(ACTION)
    desk.define(ACTION)
    streams = [recorded.originator_id for recorded in desk.log.definitions]
    versions = [recorded.originator_version for recorded in desk.log.definitions]
    assert versions == [1, 1, 2, 2, 3, 4]
    assert streams[0] == streams[2] == streams[4] == streams[5] != streams[1] == streams[3]


def test_a_removed_definition_is_unknown_and_may_come_back() -> None:
    desk = Desk()
    desk.define(ACTION, label="Counted")
    desk.definitions.remove(ACTION)
    assert desk.settings.now.catalogue == BUILT_IN
    desk.definitions.remove(ACTION)
    desk.define(ACTION)
    assert desk.settings.now.catalogue[ACTION].label == ACTION


def test_the_catalogue_can_be_asked_as_of_any_moment() -> None:
    desk = Desk()
    for minute, label in enumerate(["one", "two"]):
        desk.now = NOON + minute
        desk.define(ACTION, label=label)
    assert ACTION not in desk.definitions.as_of(NOON - 1)
    assert desk.definitions.as_of(NOON)[ACTION].label == "one"
    assert desk.definitions.as_of(NOON + 1)[ACTION].label == "two"
    assert desk.settings.now.catalogue[ACTION].label == "two"


def test_what_the_rules_forbid_is_not_written() -> None:
    desk = Desk()
    with pytest.raises(InvalidDefinition):
        desk.definitions.remove("page.visit")
    with pytest.raises(InvalidDefinition):
        desk.define("session.start", access="anonymous")
    with refused(Reason.INVALID_ACTION):
        desk.define("entries count")
    assert desk.log.definitions == []
