"""Several processes define actions on one log."""

from __future__ import annotations

from collections.abc import Sequence

from footfall.application.ingest.ingest import Status
from footfall.application.settings.definition_input import read_definition
from footfall.domain.catalogue import stream_id
from footfall.domain.definition import Definition
from footfall.domain.errors import Reason
from footfall.domain.events import ActionDefined, CatalogueEvent, Recorded
from tests.application.desk import Desk, visit
from tests.application.watched_log import WatchedLog
from tests.builders import NOON

ACTION = "entries.count"


def test_a_catalogue_in_hand_is_read_anew_with_the_next_event_where_the_head_of_the_log_shows_that_it_is_old() -> None:
    log = WatchedLog()
    one, other = Desk(log), Desk(log)
    one.define(ACTION)
    assert (ACTION in one.settings.now.catalogue, ACTION in other.settings.now.catalogue) == (True, False)
    assert [result.status for result in other.send(visit(1))] == [Status.ACCEPTED]
    assert ACTION in other.settings.now.catalogue
    assert other.settings.now.head == log.catalogue()[0]


def test_a_definition_builds_on_the_newest_one_whoever_wrote_it() -> None:
    log = WatchedLog()
    one, other = Desk(log), Desk(log)
    one.define(ACTION, label="Counted")
    other.define(ACTION, description="How many")
    one.settings.refresh()
    assert (one.settings.now.catalogue[ACTION].label, one.settings.now.catalogue[ACTION].description) == (
        "Counted",
        "How many",
    )


class RacedLog(WatchedLog):
    """A log to which another process writes between our reading and our writing."""

    def __init__(self) -> None:
        super().__init__()
        self.rival: list[Recorded[CatalogueEvent]] = []

    def define(self, events: Sequence[Recorded[CatalogueEvent]]) -> None:
        rival, self.rival = self.rival, []
        super().define(rival)
        super().define(events)


def raced(rival: CatalogueEvent) -> Desk:
    """A desk that is about to write when another process is quicker."""
    log = RacedLog()
    log.rival = [Recorded(stream_id(ACTION), 1, rival)]
    return Desk(log)


def test_a_definition_that_came_second_builds_on_the_first() -> None:
    desk = raced(ActionDefined(NOON, Definition(ACTION, "Theirs", "Their description")))
    defined = desk.definitions.define(read_definition(action=ACTION, label="Ours"))
    assert (defined.label, defined.description) == ("Ours", "Their description")
    assert [recorded.originator_version for recorded in desk.log.definitions] == [1, 2]


def test_a_definition_that_another_process_has_just_made_is_not_written_again() -> None:
    desk = raced(ActionDefined(NOON, Definition(ACTION, "Counted")))
    desk.define(ACTION, label="Counted")
    assert len(desk.log.definitions) == 1


def test_an_event_is_admitted_by_what_another_process_has_defined_meanwhile() -> None:
    log = WatchedLog()
    one, other = Desk(log), Desk(log)
    other.define(ACTION)
    assert [result.status for result in one.send(visit(1, action=ACTION))] == [Status.ACCEPTED]
    assert log.kept == []


def test_an_event_is_refused_when_another_process_has_removed_its_definition_meanwhile() -> None:
    log = WatchedLog()
    one, other = Desk(log), Desk(log)
    one.define(ACTION)
    other.definitions.remove(ACTION)
    assert [result.reason for result in one.send(visit(1, action=ACTION))] == [Reason.UNDEFINED_ACTION]
    assert log.streams == {}
