"""Events, attributes and orders of any shape by Python calls: refused with a reason, or kept and shown by both
databases alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest

import footfall

from ...both import Both, both
from ...conftest import Torture
from ...faults.unprotected import no_gate
from ...made_up.examples import CUSTOMERS, NUMBERS, TEXTS, TIMES, VALUES, examples, mostly
from ...made_up.writers import Taking

FOREIGN = st.sampled_from([object(), {1}, b"bytes", Decimal(1), date.max, ..., 1j, {1: 2}, [[]] * 3, type])
ANYTHING: st.SearchStrategy[Any] = VALUES | FOREIGN
WHO = mostly(CUSTOMERS, ANYTHING)
WHEN = mostly(st.none() | st.integers(0, 1_700_000_000_000), TIMES)
ACTIONS = mostly(st.sampled_from(["page.visit", "form.submit", "product.buy"]), TEXTS)
URLS = mostly(st.sampled_from(["/", "/a"]) | TEXTS, ANYTHING)
PARAMS: st.SearchStrategy[Any] = mostly(
    st.fixed_dictionaries({"url": URLS}, optional={"x": mostly(TEXTS | NUMBERS, ANYTHING)}), ANYTHING
)
EVENTS: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"uuid": WHO, "action": ACTIONS, "params": PARAMS},
    optional={"time": WHEN, "event_id": WHO},
)
ATTRIBUTES = mostly(st.dictionaries(TEXTS, mostly(TEXTS | NUMBERS, ANYTHING), max_size=3), ANYTHING)
ITEM = st.fixed_dictionaries({"sku": TEXTS}, optional={"price": NUMBERS, "x": ANYTHING})
ITEMS = mostly(st.lists(mostly(ITEM, ANYTHING), max_size=3), ANYTHING)
CALLS: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    st.tuples(st.just("track_many"), st.lists(mostly(EVENTS, ANYTHING), max_size=5)),
    st.tuples(st.just("track"), st.tuples(WHO, ACTIONS, PARAMS, WHEN)),
    st.tuples(st.just("update"), st.tuples(WHO, ATTRIBUTES, WHEN)),
    st.tuples(st.just("charge"), st.tuples(WHO, mostly(TEXTS, ANYTHING), ITEMS, WHEN)),
)
MAKE: Mapping[str, Callable[[footfall.Engine, Any], Any]] = {
    "track_many": lambda engine, events: engine.track_many(events),
    "track": lambda engine, event: engine.track(*event[:3], time=event[3]),
    "update": lambda engine, update: engine.update(*update[:2], time=update[2]),
    "charge": lambda engine, order: engine.charge(*order[:3], time=order[3]),
}


def fuzz(torture: Torture, urls: tuple[str, str], calls: int, taken_away: Taking | None) -> None:
    """Make calls, and see what both databases make of them."""
    with pytest.MonkeyPatch.context() as patch, both(torture, *urls) as engines:
        if taken_away is not None:
            taken_away(patch)
        examples(torture, calls, min(calls, 300), CALLS, lambda call: make(engines, *call))
        engines.check()
        engines.call("rejected", lambda engine: engine.rejected(limit=None))
        engines.call("redrive", lambda engine: engine.redrive())


def make(engines: Both, name: str, arguments: Any) -> None:
    """Make a call, which answers for each event."""
    answer = engines.call(name, lambda engine: MAKE[name](engine, arguments))
    answers = answer if isinstance(answer, list) else [answer]
    engines.tally.acknowledged += sum(getattr(one, "status", None) == "accepted" for one in answers)


def test_no_poison_gets_in(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    urls = (sqlite_url, postgres_url)
    torture.endure(lambda without: fuzz(torture, urls, 20_000, without), no_gate)


def test_control_no_gate_for_params(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    torture.control(lambda without: fuzz(torture, (sqlite_url, postgres_url), 100, without), no_gate)
