"""What is known of the settings, also through a log that sees them otherwise."""

from __future__ import annotations

from footfall.application.settings.definition_input import read_definition
from footfall.application.settings.definitions import Definitions
from footfall.application.settings.known_settings import KnownSettings
from footfall.domain.events import CatalogueEvent, Recorded
from footfall.testing import InMemoryLog


class CountingLog(InMemoryLog):
    """Counts how often its catalogue is read."""

    reads = 0

    def catalogue(self, after: int) -> tuple[int, list[Recorded[CatalogueEvent]]]:
        self.reads += 1
        return super().catalogue(after)


def test_what_was_read_through_another_log_need_not_be_read_again() -> None:
    log, other = InMemoryLog(), CountingLog()
    log._contents = other.contents
    known = KnownSettings(log)
    known.refresh()
    seen = known.within(other)
    assert (seen.as_known, other.reads) == (known.as_known, 0)
    Definitions(seen, lambda: 0).define(read_definition(action="shop.wished"))
    assert "shop.wished" not in known.as_known.catalogue
    known.learn(seen)
    assert "shop.wished" in known.as_known.catalogue
    assert known.as_known.head == seen.as_known.head > 0


def test_what_is_older_is_not_taken_over() -> None:
    known = KnownSettings(InMemoryLog())
    known.refresh()
    seen = known.within(InMemoryLog())
    Definitions(known, lambda: 0).define(read_definition(action="shop.wished"))
    known.learn(seen)
    assert "shop.wished" in known.as_known.catalogue
