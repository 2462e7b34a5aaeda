"""The ends of sessions, checked: each that has timed out has one, at its deadline, and no other session has any."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from .plain_sql import query, uuid_of
from .tally import Tally

_TOLD = """
SELECT topic, state FROM footfall.log WHERE topic IN ('session.end', 'session.revise') ORDER BY partition, position
"""


def check_ends(url: str, now: int, tally: Tally) -> None:
    """Count sessions that ended before `now` (µs) as acknowledged, and ends that are lost, doubled or wrong."""
    wanted = {
        uuid_of(one): deadline for one, deadline in query(url, "SELECT session_id, deadline FROM footfall.sessions")
    }
    told = _told(url, tally)
    over = {one for one, deadline in wanted.items() if deadline < now}
    tally.acknowledged += len(over)
    for one in over - told.keys():
        tally.lost += 1
        tally.mention(f"no end of {one}")
    for one in told.keys() - over:
        tally.differs(f"an end of {one}, which has not ended")
    for one in told.keys() & over:
        if told[one] != wanted[one]:
            tally.differs(f"{one} ended at {told[one]}, and its deadline is {wanted[one]}")


def _told(url: str, tally: Tally) -> dict[UUID, int]:
    told: dict[UUID, int] = {}
    for topic, state in query(url, _TOLD):
        announcement: list[Any] = msgspec.msgpack.decode(state)
        session = UUID(bytes=announcement[3])
        if topic == "session.revise":
            for replaced in announcement[7]:
                told.pop(UUID(bytes=replaced), None)
        elif session in told:
            tally.doubled += 1
            tally.mention(f"a second end of {session}")
        else:
            told[session] = announcement[0]
    return told
