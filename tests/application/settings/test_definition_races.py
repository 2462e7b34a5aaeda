"""Several processes define actions on one log."""

from __future__ import annotations

from collections.abc import Sequence

from footfall.application.settings.definition_input import read_definition
from footfall.domain.catalogue import stream_id
from footfall.domain.definition import Definition
from footfall.domain.errors import Reason
from footfall.domain.events import ActionDefined, CatalogueEvent, Recorded
from footfall.domain.results import Status
from tests.application.desk import Desk, visit
from tests.application.watched_log import WatchedLog
from tests.builders import NOON

ACTION = "entries.count"


def test_a_catalogue_in_hand_is_read_anew_with_the_next_event_where_the_head_of_the_log_shows_that_it_is_old() -> None:
    log = WatchedLog()
    one, other = Desk(log), Desk(log)
    one.define(ACTION)
    assert (ACTION in one.settings.as_known.catalogue, ACTION in other.settings.as_known.catalogue) == (True, False)
    assert [result.status for result in other.send(visit(1))] == [Status.ACCEPTED]
    assert ACTION in other.settings.as_known.catalogue
    assert other.settings.as_known.head == log.catalogue(0)[0]


def test_a_definition_builds_on_the_newest_one_whoever_wrote_it() -> None:
    log = WatchedLog()
    one, other = Desk(log), Desk(log)
    one.define(ACTION, label="Counted")
    other.define(ACTION, description="How many")
    one.settings.refresh()
    assert (one.settings.as_known.catalogue[ACTION].label, one.settings.as_known.catalogue[ACTION].description) == (
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


class CountedLog(WatchedLog):
    """A log that counts the events of its catalogue that were read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def catalogue(self, after: int) -> tuple[int, list[Recorded[CatalogueEvent]]]:
        head, events = super().catalogue(after)
        self.read += len(events)
        return head, events


def test_of_the_catalogue_each_process_reads_every_event_once_however_many_come_one_by_one() -> None:
    log = CountedLog()
    one, other = Desk(log), Desk(log)
    for number in range(50):
        one.define(f"shop.{number}", label="Seen")
        other.definitions.newest()
    other.definitions.as_of(NOON)
    assert log.read == 2 * 50
    assert one.settings.as_known == other.settings.as_known
    assert len(one.definitions.newest()) == len(Desk().definitions.newest()) + 50


def test_what_was_known_before_stays_as_it_was_when_more_is_known() -> None:
    desk = Desk()
    desk.define(ACTION, label="Counted")
    before = desk.settings.as_known
    desk.define(ACTION, label="Counted anew")
    desk.define("other.thing")
    assert (before.catalogue[ACTION].label, "other.thing" in before.catalogue, len(before.events)) == (
        "Counted",
        False,
        1,
    )
