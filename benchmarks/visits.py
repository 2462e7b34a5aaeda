"""The input, which `footfall bench` has, too."""

from footfall.infrastructure.bench.visits import EVENTS_A_CUSTOMER, Event, page_visits

__all__ = ["EVENTS_A_CUSTOMER", "Event", "page_visits"]
