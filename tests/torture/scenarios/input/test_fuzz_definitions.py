"""Definitions and labels of any text: refused with a reason, or kept as they were written, and no label fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
import pytest

from footfall import Boolean, Definition, Integer, String
from footfall.application.settings import definition_input
from footfall.engine import engine

from ...both import Both, both
from ...conftest import Torture
from ...made_up.examples import TEXTS, VALUES, examples, mostly
from ...made_up.writers import NOON, Taking

WHO = "00000000-0000-4000-8000-000000000001"
ACTIONS = mostly(st.sampled_from(["cart.open", "cart.close", "page.visit"]), TEXTS)
NAMES = mostly(st.sampled_from(["a", "b"]), TEXTS)
LABELS = mostly(
    st.lists(st.sampled_from(["{{", "}}", "{{a}}", "{{ b }}", "{", "}", "{{}}", " "]) | TEXTS, max_size=6).map("".join),
    VALUES,
)
PARAMETERS = st.dictionaries(NAMES, mostly(st.sampled_from([String(), Integer(), Boolean()]), VALUES), max_size=3)
DEFINITIONS = st.fixed_dictionaries(
    {"action": ACTIONS},
    optional={
        "label": LABELS,
        "description": mostly(TEXTS, VALUES),
        "parameters": mostly(PARAMETERS, VALUES),
        "access": mostly(st.sampled_from(["server", "public", "authenticated"]), VALUES),
        "session_activity": mostly(st.booleans(), VALUES),
    },
)
EVENTS = st.fixed_dictionaries(
    {"customer": st.just(WHO), "action": ACTIONS, "params": st.dictionaries(NAMES, VALUES, max_size=3)}
)


def any_text(patch: pytest.MonkeyPatch) -> None:
    """Texts of definitions are not looked at."""
    for model in (definition_input.DefinitionInput, definition_input.ParameterInput):
        patch.setattr(model, "model_validate", model.model_construct)
    patch.setattr(definition_input, "read_definition", _unread)
    patch.setattr(engine, "read_definition", _unread)


def _unread(**fields: Any) -> Any:
    return definition_input.DefinitionInput.model_construct(**fields)


def fuzz(torture: Torture, urls: tuple[str, str], number: int, taken_away: Taking | None) -> None:
    """Define, send what may be defined, and read it with its labels."""
    with pytest.MonkeyPatch.context() as patch, both(torture, *urls) as engines:
        if taken_away is not None:
            taken_away(patch)
        drawn = st.tuples(DEFINITIONS, st.lists(EVENTS, max_size=3))
        examples(torture, number, min(number, 150), drawn, lambda one: define(engines, *one))
        engines.check()
        moment = datetime.fromtimestamp(NOON / 1_000_000, UTC)
        engines.call("definitions", lambda engine: engine.definitions(as_of=moment))


def define(engines: Both, definition: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """Define, and read back what was written."""
    defined = engines.call("define", lambda engine: engine.define(**definition))
    known = engines.call("definitions", lambda engine: engine.definitions())
    if isinstance(defined, Definition):
        engines.tally.acknowledged += 1
        if known is None or known.get(defined.action) != defined:
            engines.tally.differs(f"{defined} is kept otherwise"[:300])
    for event in events:
        engines.call("track", lambda engine: engine.track(**event))  # noqa: B023  # called at once


def test_what_is_defined_is_kept_as_written(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    urls = (sqlite_url, postgres_url)
    torture.endure(lambda without: fuzz(torture, urls, 5_000, without), any_text)


def test_control_texts_that_nobody_looks_at(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    torture.control(lambda without: fuzz(torture, (sqlite_url, postgres_url), 50, without), any_text)
