"""The same event id with another payload: it is a conflict, it is kept, and what is stored stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.application.ingest import batch

from ...conftest import Torture
from ...made_up.writers import Taking, as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal, Sent
from ...watch.plain_sql import query
from ...watch.views import catch_up

CHANGES: list[Callable[[dict[str, Any]], dict[str, Any]]] = [
    lambda sent: sent | {"params": {"url": "/another"}},
    lambda sent: sent | {"params": {**sent["params"], "more": 1}},
    lambda sent: sent | {"action": "form.submit"},
    lambda sent: sent | {"time": "2026-01-01T00:00:00Z"},
]


def anything_is_the_same(patch: pytest.MonkeyPatch) -> None:
    """Whatever comes under a known id is taken for what is stored."""
    patch.setattr(batch, "same_content", lambda *_: True)


def conflict(torture: Torture, url: str, number: int, taken_away: Taking | None) -> None:
    """Send events, and others under their ids: in the same batch, in a later one, and after a restart."""
    journal = Journal(torture.folder / f"{torture.tally.cycles}.journal")
    events = made_up(torture.rng, number, 10)
    journal.about_to_send(journal.path.stem, events)
    together, later = events[::2], events[1::2]
    with pytest.MonkeyPatch.context() as patch:
        if taken_away is not None:
            taken_away(patch)
        with footfall.open(url, partitions=4) as engine:
            engine.track_many(map(as_sent, later))
            must_conflict(torture, engine, together, first=map(as_sent, together))
            must_conflict(torture, engine, later[::2])
        with footfall.open(url) as engine:
            must_conflict(torture, engine, later[1::2])
            journal.acknowledged(journal.path.stem)
            kept = {UUID(json.loads(one.content)["event_id"]) for one in engine.rejected("conflict", limit=None)}
    torture.tally.lost += sum(event.event_id not in kept for event in events)
    journal.close()
    if query(url, "SELECT count(*) FROM footfall.rejections")[0][0] != len(kept):
        torture.tally.differs("what was refused is not kept once each")
    catch_up(url, torture.tally)
    check(url, [journal.path], torture.tally)


def must_conflict(torture: Torture, engine: footfall.Engine, events: list[Sent], first: Any = ()) -> None:
    """Another event under each id, after `first` in the same batch."""
    before = list(first)
    others = [torture.rng.choice(CHANGES)(as_sent(event)) for event in events]
    for answer in engine.track_many([*before, *others])[len(before) :]:
        torture.tally.cycles += 1
        if answer.reason != "conflict":
            torture.tally.differs(f"answered {answer}")


def test_it_is_refused_and_kept(torture: Torture, database_url: str) -> None:
    number = torture.scaled(2_000, short=200)
    torture.endure(lambda without: conflict(torture, database_url, number, without), anything_is_the_same)


def test_control_anything_passes_for_the_same(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: conflict(torture, database_url, 20, without), anything_is_the_same)
