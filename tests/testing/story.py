"""One made-up story told to several engines, and everything that an engine can be asked about it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

import footfall
from footfall.domain.events import ActivityRecorded, CustomerEvent
from footfall.domain.moments import HOUR, MINUTE, iso
from footfall.domain.sender import SERVER
from footfall.engine.answers import ParkedRow
from footfall.projections.read_model import Row
from tests.contracts.support import NOON, named

CUSTOMERS = [named(f"told of {n}") for n in range(5)]
URLS = [f"https://shop.example/{name}" for name in ("", "tea", "Žlutý", "tea/green")]
Step = Callable[[footfall.Engine], Any]


class Clicks(footfall.ReadModel):
    """A view of a host: clicks by customer, with their texts; until `mended` it cannot take one of them."""

    name = "clicks"
    topics = frozenset({ActivityRecorded.topic})
    key = "uuid"
    columns = (
        footfall.Column("uuid", footfall.ColumnType.UUID, required=True),
        footfall.Column("clicks", footfall.ColumnType.INTEGER, required=True),
        footfall.Column("texts", footfall.ColumnType.JSON),
    )
    indexes = ()
    lookback_column = "clicks"
    mended: ClassVar[bool] = False

    def spans(self, events: Sequence[CustomerEvent]) -> Sequence[footfall.Span]:
        return [footfall.Span(0)]

    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> footfall.Change:
        texts = [event.params.get("text") for event in events if event.action == "button.click"]
        if "poison" in texts and not self.mended:
            raise ValueError("this fold takes no poison")
        known = rows[0][2] if rows else []
        if not texts:
            return footfall.Change((), ())
        return footfall.Change([customer] if rows else [], [(customer, len(known) + len(texts), [*known, *texts])])


def story(seed: int, length: int = 60) -> list[Step]:
    """Steps that any engine can go through; each returns what the engine answered."""
    rng = random.Random(seed)
    return [rng.choice(_STEPS)(rng) for _ in range(length)]


def _moment(rng: random.Random, customer: UUID, latest: int = 400) -> str:
    # No two customers have a deadline in common: who of them is looked at first, nobody promises.
    own = 1_000 * (1 + CUSTOMERS.index(customer))
    return iso(NOON + rng.randrange(-40, latest) * 15 * MINUTE + own + rng.choice((-1, 0, 0, 1)))


def _event(rng: random.Random) -> dict[str, Any]:
    event: dict[str, Any] = rng.choice(
        (
            {"action": "page.visit", "params": {"url": rng.choice(URLS), "title": "T", "extra": rng.choice((1, 1.0))}},
            {"action": "page.visit", "params": {"url": rng.choice(URLS), "referrer": rng.choice(URLS)}},
            {"action": "button.click", "params": {"text": rng.choice(("Buy", "Buy", "Sell", "poison"))}},
            {"action": "basket.fill", "params": {"n": rng.choice((1, "one"))}},
            {"action": "page.visit", "params": {}},
        )
    )
    return event | ({"event_id": named(f"event {rng.randrange(80)}")} if rng.random() < 0.7 else {})


def _track(rng: random.Random) -> Step:
    customer = rng.choice(CUSTOMERS)
    events = [_event(rng) | {"uuid": customer} for _ in range(rng.randrange(1, 9))]
    for event in events:
        event |= {"time": _moment(rng, customer)} if rng.random() < 0.8 else {}
    sender = rng.choice((footfall.Sender.anonymous(CUSTOMERS[0]), *[SERVER] * 4))
    return lambda engine: engine.track_many(events, sender=sender)


def _track_several(rng: random.Random) -> Step:
    events = [_event(rng) | {"uuid": rng.choice(CUSTOMERS)} for _ in range(rng.randrange(2, 9))]
    for event in events:
        event["time"] = _moment(rng, event["uuid"], latest=0)
    return lambda engine: engine.track_many([*events, events[0]])


def _update(rng: random.Random) -> Step:
    values = (1, 1.0, True, None, "1", [1, {"b": 2, "a": 1}])
    attributes = {name: rng.choice(values) for name in rng.sample(("plan", "city", "email"), 2)}
    customer = rng.choice(CUSTOMERS)
    time = _moment(rng, customer)
    return lambda engine: engine.update(customer, attributes, time=time)


def _charge(rng: random.Random) -> Step:
    items = [{"sku": sku} for sku in rng.sample(("mug", "tea", "pot"), rng.randrange(1, 4))]
    customer, order = rng.choice(CUSTOMERS), f"order-{rng.randrange(6)}"
    time = _moment(rng, customer)
    return lambda engine: engine.charge(customer, order, items, time=time, revenue=1)


def _define(rng: random.Random) -> Step:
    access, label = rng.choice((None, footfall.Access.ANONYMOUS)), rng.choice(("Filled {{n}}", "Filled"))
    parameters = rng.choice(({"n": footfall.Integer(required=True)}, {}))
    return lambda engine: engine.define("basket.fill", label=label, access=access, parameters=parameters)


def _mark(rng: random.Random) -> Step:
    counts = rng.random() < 0.7
    return lambda engine: engine.define("page.visit", session_activity=counts)


def _time_out(rng: random.Random) -> Step:
    timeout = rng.choice(("30m", "10m", "1h", "0s"))
    return lambda engine: engine.set_session_timeout(timeout)


def _set_clock(rng: random.Random) -> Step:
    now = NOON + rng.randrange(0, 480) * 15 * MINUTE

    def step(engine: footfall.Engine) -> None:
        engine._parts.clock.now = now  # type: ignore[attr-defined]  # it is the test's own

    return step


_STEPS: Sequence[Callable[[random.Random], Step]] = (
    *[_track, _track_several] * 4,
    _update,
    _update,
    _charge,
    _define,
    _mark,
    lambda rng: (lambda action: lambda engine: engine.undefine(action))(rng.choice(("basket.fill", "page.visit"))),
    _time_out,
    _set_clock,
    _set_clock,
    lambda _: lambda engine: engine.sweep(),
    lambda _: lambda engine: engine.redrive(),
    lambda _: lambda engine: engine.catch_up(),
    lambda rng: (lambda view: lambda engine: engine.rebuild(view))(rng.choice((None, "sessions", "clicks"))),
    lambda _: lambda engine: sorted((*_unordered([row]), healed) for row, healed in engine.redrive_parked()),
    lambda _: lambda engine: engine.stats(fresh=False),
    lambda _: _status,
    lambda _: _status,
)


def answer(engine: footfall.Engine, step: Step) -> Any:
    """What a step answers, an error included."""
    try:
        return step(engine)
    except footfall.FootfallError as error:
        return type(error), str(error)


def answers(engine: footfall.Engine) -> dict[str, Any]:
    """Everything that an engine can be asked."""
    moments = [None, *(iso(NOON + n * HOUR) for n in (0, 1, 20))]
    wanted: list[dict[str, Any]] = [{}, {"plan": 1}, {"plan": 1.0}, {"plan": True}, {"city": [1, {"a": 1, "b": 2}]}]
    delivered = list(engine.subscribe(after="start", follow=False))
    ids = {event.params["sessionId"] for event in delivered if event.action.startswith("session.")}
    asked = {
        "status before": _status(engine),
        "sessions": engine.sessions(),
        "open": engine.sessions(open_only=True),
        "some": engine.sessions(CUSTOMERS[0], since=moments[1], until=moments[3], limit=3),
        "by id": [engine.session(one) for one in sorted(ids)],
        "unknown": engine.session(named("nobody")),
        "summaries": [engine.session_summary(one, since=since) for one in (None, CUSTOMERS[1]) for since in moments],
        "pages": engine.pages(),
        "fewer pages": engine.pages(limit=2),
        "profiles": [engine.profiles(attributes) for attributes in wanted],
        "fewer profiles": engine.profiles(limit=2),
        "stats": engine.stats(),
        "rows": [_rows(engine, view) for view in ("page_visits", "session_handles")],
        "host's rows": _rows(engine, "clicks"),
        "delivered": delivered,
        "some delivered": list(engine.subscribe("session.end", customer=CUSTOMERS[2], after="start", follow=False)),
        "what if": engine.what_if("5m"),
        "rejected": engine.rejected(limit=None),
        "conflicts": engine.rejected("conflict", limit=3),
        "definitions": [engine.definitions(as_of=moment) for moment in moments],
        "timeouts": engine.session_timeouts(),
        "verified": _verified(engine),
        "status after": _status(engine),
    }
    return asked | {str(customer): _of(engine, customer, moments) for customer in CUSTOMERS}


def _of(engine: footfall.Engine, customer: UUID, moments: Sequence[str | None]) -> list[Any]:
    return [
        [engine.profile(customer, as_of=moment) for moment in moments],
        engine.timeline(customer, limit=None, raw=True),
        engine.timeline(customer, limit=5),
        engine.page_visits(customer),
        engine.page_visits(customer, limit=2),
        _rows(engine, "sessions", customer=customer),
        engine.partition_of(customer),
    ]


# What nobody promises: an order of rows, and in which order customers are folded and so may be parked.


def _rows(engine: footfall.Engine, view: str, **options: Any) -> list[str]:
    return sorted(map(repr, engine.rows(view, limit=None, **options)))


def _unordered(parked: Sequence[ParkedRow]) -> list[tuple[str, str, int, str]]:
    return sorted((row.projection, row.uuid, row.position, row.error) for row in parked)


def _status(engine: footfall.Engine) -> list[Any]:
    status = engine.status()
    return [
        replace(status, database="", connection="", wakeups="", parked=[]),
        _unordered(status.parked),
    ]


def _verified(engine: footfall.Engine) -> list[Any]:
    told = engine.verify()
    views = [(one.view, one.rows, one.differing, sorted(map(repr, one.differences))) for one in told.views]
    return [told.ok, views, _unordered(told.parked)]
