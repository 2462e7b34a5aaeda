"""Writers for children: they hand in batches one after the other and keep a journal of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import footfall

from ..watch import journal
from ..watch.journal import Journal, Sent

NOON = 1_767_268_800_000_000
"""2026-01-01T12:00:00Z in µs."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = 60_000_000
Taking = Callable[[pytest.MonkeyPatch], None]
"""Takes a protection away in the process that calls it: see `unprotected`."""


def made_up(rng: random.Random, number: int, customers: int) -> list[Sent]:
    """Page visits of so many customers, in no order, within some days."""
    return [
        Sent(
            UUID(int=rng.randrange(customers) + 1, version=4),
            UUID(int=rng.getrandbits(128), version=4),
            NOON + rng.randrange(5 * 24 * 60) * _MINUTE + rng.randrange(_MINUTE),
            f"https://shop.example/{rng.randrange(50)}",
        )
        for _ in range(number)
    ]


def as_sent(event: Sent) -> dict[str, Any]:
    """An event as a sender writes it."""
    return {
        "uuid": event.customer,
        "action": "page.visit",
        "params": {"url": event.url},
        "time": (_EPOCH + timedelta(microseconds=event.time)).isoformat(),
        "event_id": event.event_id,
    }


def write(
    say: Callable[[Any], None],
    url: str,
    path: Path,
    seed: int,
    batch: int = 20,
    customers: int = 10,
    batches: int | None = None,
    taken_away: Taking | None = None,
) -> None:
    """Hand in batches, by default without end; says `ready` and then the number of each batch that was answered for.

    A batch of the journal that was never answered for comes first, once more, as any sender would do it. Ends where
    the store cannot be reached any more.
    """
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    rng = random.Random(seed)
    with suppress(footfall.StoreUnavailable), footfall.open(url, partitions=4) as engine:
        log = Journal(path)
        say("ready")
        for unanswered in [one for one in journal.read([path]) if not one.acknowledged]:
            _hand_in(engine, unanswered.events)
            log.acknowledged(unanswered.name)
        number = 0
        while batches is None or number < batches:
            number += 1
            name, events = f"{path.stem}-{seed}-{number}", made_up(rng, batch, customers)
            log.about_to_send(name, events)
            _hand_in(engine, events)
            log.acknowledged(name)
            say(number)


def _hand_in(engine: footfall.Engine, events: Any) -> None:
    results = engine.track_many(map(as_sent, events))
    refused = [result for result in results if result.status == "rejected"]
    assert not refused, refused[0]
