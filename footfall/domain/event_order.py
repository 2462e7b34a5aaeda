"""The order of what one customer did: by event time, then by what a clock that was ahead had claimed, then by event id.

Events whose clock was ahead became `received_at`, several of one batch together; their claims still tell their order.
"""

from __future__ import annotations

from operator import attrgetter

event_place = attrgetter("time", "ahead", "event_id")
"""Where an event, or what was kept of one, stands among those of its customer. The earliest comes first."""
