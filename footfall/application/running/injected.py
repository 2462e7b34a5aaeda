"""What a host may inject, a clock and a maker of ids: checked, for what is wrong with it would only show much later."""

from __future__ import annotations

from uuid import UUID, uuid4

from ...domain.errors import InvalidArgument, shown
from ...domain.moments import LATEST, iso, parse
from ..ports.vocabulary import Clock, NewId

_MEANT = "microseconds since the epoch as an int, such as time.time_ns() // 1_000"
_EARLIEST = parse("1980-01-01T00:00Z")


def checked_now(clock: Clock) -> int:
    """What a clock says now (µs since the epoch, UTC). Raises `InvalidArgument` for what no clock can mean by that."""
    if not callable(clock):
        raise InvalidArgument(f"clock is a function that gives {_MEANT}, not {shown(clock)}")
    now: object = clock()
    if type(now) is not int:
        raise InvalidArgument(f"clock must give {_MEANT}; it gave {shown(now)}, a {type(now).__name__}")
    if not _EARLIEST <= now <= LATEST:
        means = f", which is {iso(now)}" if 0 <= now <= LATEST else ""
        raise InvalidArgument(f"clock must give {_MEANT}; it gave {now}{means}")
    return now


def checked_ids(new_id: NewId) -> NewId:
    """The maker of ids, which raises `InvalidArgument` when it makes something else."""
    if new_id is uuid4:
        return new_id
    if not callable(new_id):
        raise InvalidArgument(f"new_id is a function that gives a new uuid.UUID each time, not {shown(new_id)}")

    def made() -> UUID:
        one: object = new_id()
        if not isinstance(one, UUID):
            raise InvalidArgument(f"new_id must give a uuid.UUID; it gave {shown(one)}, a {type(one).__name__}")
        return one

    return made
