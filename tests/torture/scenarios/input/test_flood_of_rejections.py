"""A flood of refused events, some of them huge: bounded storage, the newest are kept, the oldest go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.application.ingest import rejections
from footfall.infrastructure.log import rejection_bounds

from ...conftest import Torture
from ...made_up.writers import Taking
from ...watch.plain_sql import is_sqlite, query

KEPT_BYTES = 64 * 1024
HUGE = 20_000_000
BATCH = 50


def without_a_bound(patch: pytest.MonkeyPatch) -> None:
    """Nothing is let go, however much is kept."""
    patch.setattr(rejection_bounds, "hold", lambda *_: None)


def without_a_cut(patch: pytest.MonkeyPatch) -> None:
    """Everything is kept whole."""
    patch.setattr(rejections, "KEPT_BYTES", 2**40)


def flood(torture: Torture, url: str, events: int, kept: int, huge_every: int, taken_away: Taking | None) -> None:
    """Send so many events that are refused, every so many of them huge, and look at the store now and then."""
    sent: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        if taken_away is not None:
            taken_away(patch)
        with footfall.open(url, partitions=4, rejections_kept=kept) as engine:
            while len(sent) < events:
                batch = [refused(torture, HUGE if (len(sent) + n) % huge_every == 0 else 300) for n in range(BATCH)]
                if {result.status for result in engine.track_many(batch)} != {"rejected"}:
                    torture.tally.differs("what is wrong was taken in")
                sent += [one["event_id"] for one in batch]
                torture.tally.cycles += BATCH
                if len(sent) % (20 * BATCH) == 0 or len(sent) >= events:
                    look(torture, url, sent, kept)
            if engine.status().rejections.let_go != len(sent) - engine.status().rejected:
                torture.tally.differs("what had to go was not counted")


def refused(torture: Torture, size: int) -> dict[str, Any]:
    """An event of about so many bytes that no rule lets in."""
    who, event_id = (f"{UUID(int=torture.rng.getrandbits(128), version=4)}" for _ in range(2))
    # The id comes first when keys are sorted, so that it can be read in what is cut.
    return {"event_id": event_id, "uuid": who, "action": "no.such-action", "params": {"x": "y" * size}}


def look(torture: Torture, url: str, sent: list[str], kept: int) -> None:
    """The newest are there, in their order, and they take no more room than they may."""
    rows = query(url, "SELECT content FROM footfall.rejections ORDER BY number")
    if len(rows) > kept:
        torture.tally.differs(f"{len(rows)} are kept, not {kept}")
    newest = sent[len(sent) - len(rows) :]
    if len(rows) < min(kept, len(sent)) * 0.98 or [id_in(text) for (text,) in rows] != newest:
        torture.tally.differs("those that are kept are not the newest")
    if sum(len(text) for (text,) in rows) > kept * KEPT_BYTES:
        torture.tally.differs("what is kept takes more room than it may")
    if is_sqlite(url):
        (size,) = query(url, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0]
        if size > 4_000_000 + 2 * kept * KEPT_BYTES:
            torture.tally.differs(f"the file has {size} bytes")


def id_in(text: str) -> str:
    """The event id in the beginning of what was kept."""
    return text.split('"event_id": "')[1][:36]


def test_it_takes_bounded_room(torture: Torture, database_url: str) -> None:
    events, kept = torture.scaled(1_000_000, short=1_000), torture.scaled(5_000, short=100)
    huge_every = torture.scaled(1_000, short=500)
    torture.endure(lambda without: flood(torture, database_url, events, kept, huge_every, without), without_a_bound)


@pytest.mark.parametrize("missing", [without_a_bound, without_a_cut])
def test_control_without_bound_or_cut(torture: Torture, database_url: str, missing: Taking) -> None:
    torture.control(lambda without: flood(torture, database_url, 200, 100, 100, without), missing)
