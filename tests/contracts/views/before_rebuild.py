"""What the views hold before one of them is rebuilt."""

from __future__ import annotations

from tests.contracts.support import crowd

VIEWS = ["page_visits", "sessions", "session_handles", "profiles", "attribute_values"]
EVENTS = crowd(60, visits=4)
