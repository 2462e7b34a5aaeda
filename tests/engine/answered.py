"""One of every document, as an engine answered it: the same to the byte whenever it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

import footfall
import footfall.testing
from footfall.engine.answers import IssuerRow, JobStatus, KeyRow, NewKey
from footfall.testing import ManualClock
from tests.testing.story import Clicks

MOMENT = datetime(2026, 3, 5, 13, tzinfo=timezone(timedelta(hours=1)))
VISITOR, SHOPPER, STRANGER = (UUID(int=number) for number in (1, 2, 3))
STARTED = "2026-03-05T12:00:00Z"


class StandingClock(ManualClock):
    """Moves when it is told to, and never by itself."""

    def __call__(self) -> int:
        """The present moment in µs since the epoch, UTC."""
        return self.now


def every_document() -> dict[str, Any]:
    """Documents by the name of what answers with them; moments with and without a part of a second are among them."""
    ids = count(100)
    clock = StandingClock(STARTED)
    with footfall.testing.open(
        clock=clock, new_id=lambda: UUID(int=next(ids)), read_models=[Clicks()], session_timeout="20m"
    ) as engine:
        tracked = _happened(engine, clock)
        (session, *_) = engine.sessions(VISITOR)
        return {
            "result": tracked,
            "define": engine.definitions()["entries.count"],
            "definitions": engine.definitions(),
            "profile": engine.profile(VISITOR),
            "profile of a customer who is gone": engine.profile(SHOPPER, as_of="2026-03-05T18:00Z"),
            "profile of nobody": engine.profile(UUID(int=9)),
            "profiles": engine.profiles(),
            "timeline": engine.timeline(VISITOR, raw=True),
            "timeline of a shopper": engine.timeline(SHOPPER),
            "visits": engine.page_visits(VISITOR),
            "tail": list(engine.subscribe(after="start", follow=False)),
            "sessions": engine.sessions(),
            "session": session,
            "summary": engine.session_summary(),
            "summary of none": engine.session_summary(STRANGER),
            "timeouts": engine.session_timeouts(),
            "new key": NewKey("key_1", "backend", "server", "sk_secret"),
            "keys": [
                KeyRow("pk_1", "shop", "public", ["https://shop.example"], 600, [], MOMENT, None, None),
                KeyRow("key_1", "backend", "server", [], None, ["write", "read"], MOMENT, MOMENT, MOMENT),
            ],
            "issuers": [
                IssuerRow("https://login.example", "footfall", MOMENT, [None, "a"], ["RS256"], "sub", None, 30.0)
            ],
            "what-if": engine.what_if("1m"),
            "pages": engine.pages(customers=True),
            "stats": engine.stats(),
            "rejected": engine.rejected(),
            "status": engine.status(),
            "job": JobStatus("sweep", MOMENT, None, "ValueError: gone"),
            "verify": engine.verify(),
            "parked": engine.redrive_parked(),
            "redrive": engine.redrive(),
        }


def _happened(engine: footfall.testing.InMemoryEngine, clock: ManualClock) -> list[footfall.Result]:
    engine.define(
        "entries.count",
        label="Counted {{entries}} entries",
        access=footfall.Access.ANONYMOUS,
        parameters={"entries": footfall.Integer(required=True), "shopId": footfall.String()},
    )
    page = {"url": "https://shop.example/tea?a=1", "title": "Tea — čaj", "referrer": "https://web.example/"}
    first = engine.track(VISITOR, "page.visit", page, time="2026-03-05T11:00:00.000001Z")
    clock.advance(minutes=2, seconds=0.5)
    params = {"url": "/green", "price": 6.5}
    green = {"uuid": VISITOR, "action": "page.visit", "params": params, "event_id": UUID(int=7)}
    results = engine.track_many(
        [
            green,
            {"uuid": VISITOR, "action": "entries.count", "params": {"entries": 3, "extra": [None, {"deep": True}]}},
            {"uuid": VISITOR, "action": "entries.count", "params": {"entries": 4}, "time": "2026-03-06T00:00:00+01:00"},
            green,
            {"uuid": STRANGER, "action": "cart.unheard-of", "params": {"text": "“”"}},
            {"uuid": "nobody", "action": "page.visit"},
            {"uuid": STRANGER, "action": "button.click", "params": {"text": "poison"}},
        ]
    )
    results.append(engine.update(VISITOR, {"email": "a@shop.example", "newsletter": True, "size": 1.0}))
    results.append(engine.charge(SHOPPER, "order-1", [{"sku": "T-100", "quantity": 2}], revenue=13, currency="EUR"))
    clock.advance(minutes=30)
    engine.sweep()
    engine.set_session_timeout("90s")
    results.append(engine.track(SHOPPER, "page.visit", {"url": "/green"}))
    return [first, *results]


def lines() -> Iterator[str]:
    """Each document in a line after its name, as it stands in `documents.txt`."""
    for name, answer in every_document().items():
        yield f"{name}: {msgspec.json.encode(footfall.document(answer)).decode()}"


if __name__ == "__main__":
    print(*lines(), sep="\n")  # noqa: T201  # python -m tests.engine.answered > tests/engine/documents.txt
