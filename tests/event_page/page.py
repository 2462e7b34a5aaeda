"""The page's text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from footfall.domain.actions import ENGINE_ACTIONS, TRANSACTION_ACTIONS
from footfall.domain.builtin import BUILT_IN, PAGE_FACTS
from footfall.domain.definition import BOT, Definition
from footfall.domain.sender import Access

from .examples import CUSTOMER, EXAMPLES, ORDER

FILE = Path(__file__).parents[2] / "docs" / "events.md"
URL = "https://events.shop.example"
WHO = {
    Access.ANONYMOUS: "anybody",
    Access.ANONYMOUS_WITH_JWT: "a client with a token, and the server",
    Access.AUTHENTICATED: "a client whose token names a recognised customer, and the server",
    Access.SERVER: "the server",
}
_KEYS = {
    Access.ANONYMOUS: "-H 'Footfall-Key: pk_…'",
    Access.ANONYMOUS_WITH_JWT: "-H 'Footfall-Key: pk_…' -H 'Authorization: Bearer eyJ…'",
    Access.AUTHENTICATED: "-H 'Footfall-Key: pk_…' -H 'Authorization: Bearer eyJ…'",
    Access.SERVER: "-H 'Authorization: Bearer sk_…'",
}
_HEAD = Path(__file__).with_name("head.md").read_text()


def page() -> str:
    """The whole page, which ends with a newline, its Python formatted as all Python of the repository."""
    facts = ", ".join(f"`{name}`" for name in sorted(PAGE_FACTS))
    lines = [_HEAD.replace("{facts}", facts), *_table(), *(line for one in BUILT_IN for line in _section(one))]
    formatter = [sys.executable, "-m", "ruff", "format", "--quiet", "--stdin-filename", str(FILE), "-"]
    return subprocess.run(
        formatter, input="\n".join(lines).rstrip() + "\n", capture_output=True, text=True, check=True
    ).stdout


def _table() -> Iterator[str]:
    yield "| action | who may send it | needs | session activity |"
    yield "|---|---|---|---|"
    for action, definition in BUILT_IN.items():
        needs = ", ".join(f"`{name}`" for name, one in definition.parameters.items() if one.required)
        yield f"| [`{action}`](#{_anchor(action)}) | {_who(definition)} | {needs} | {_counts(definition)} |"


def _anchor(action: str) -> str:
    return action.lower().replace(".", "")


def _who(definition: Definition) -> str:
    return "the engine alone" if definition.action in ENGINE_ACTIONS else WHO[definition.access]


def _counts(definition: Definition) -> str:
    if not definition.session_activity:
        return "no"
    return "yes" if definition.bots_in_sessions else "yes, without bots"


def _section(action: str) -> Iterator[str]:
    definition = BUILT_IN[action]
    yield f"\n## {action}\n"
    yield f"{definition.description} Shown as “{definition.label}”.\n"
    yield f"- Who may send it: {_who(definition)}"
    yield f"- Needs: {_parameters(definition, required=True) or 'nothing'}"
    yield f"- May have: {_parameters(definition, required=False) or 'nothing else'}"
    yield f"- Session activity: {_counts(definition)}\n"
    yield from _examples(definition)


def _parameters(definition: Definition, *, required: bool) -> str:
    shown = [
        f"`{name}` ({one.type})"
        for name, one in definition.parameters.items()
        if one.required is required and name != BOT
    ]
    if not required and BOT in definition.parameters:
        shown.append(f"`{BOT}` (boolean)")
    return ", ".join(shown)


def _examples(definition: Definition) -> Iterator[str]:
    action = definition.action
    if action in ENGINE_ACTIONS:
        return
    if action in TRANSACTION_ACTIONS:
        yield from _block("sh", _curl("orders", definition.access, {"uuid": CUSTOMER, **ORDER}))
        yield from _block("python", _charge())
        return
    params = EXAMPLES[action]
    if definition.access is not Access.SERVER:
        token = "" if definition.access is Access.ANONYMOUS else 'SR.client.setAccessToken("eyJ…")\n'
        yield from _block("js", f"{token}SR.event.trackCustomEvent({_json(action)}, {_json(params)})")
    event = {"uuid": CUSTOMER, "action": action, "params": params}
    yield from _block("sh", _curl("events", definition.access, event))
    yield from _block("python", f'engine.track(customer, "{action}", {_python(params)})')


def _block(language: str, text: str) -> Iterator[str]:
    yield f"```{language}\n{text}\n```"


def _curl(path: str, access: Access, body: dict[str, Any]) -> str:
    return f"curl {URL}/v1/{path} {_KEYS[access]} -H 'Content-Type: application/json' -d '\n  {_json(body)}'"


def _charge() -> str:
    order = dict(ORDER)
    named = f'"{order.pop("order_id")}", {_python(order.pop("items"))}'
    further = ", ".join(f"{name}={_python(value)}" for name, value in order.items())
    return f"engine.charge(customer, {named}, {further})"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _python(value: Any) -> str:
    return _json(value)  # what the examples hold is written alike in both
