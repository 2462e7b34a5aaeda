"""The page is what the catalogue says, and its examples are true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

import footfall
import footfall.testing
from footfall import Access, Result, Sender
from footfall.domain.actions import ENGINE_ACTIONS, TRANSACTION_ACTIONS
from footfall.domain.builtin import BUILT_IN
from tests.event_page.examples import CUSTOMER as NAME
from tests.event_page.examples import EXAMPLES
from tests.event_page.page import FILE, URL, page

PAGE = FILE.read_text()
CUSTOMER = UUID(NAME)
SENDABLE = [action for action in BUILT_IN if action not in ENGINE_ACTIONS]
CUSTOM = [action for action in SENDABLE if action not in TRANSACTION_ACTIONS]
SENDERS = {
    Access.SERVER: Sender.server(),
    Access.AUTHENTICATED: Sender.authenticated(CUSTOMER),
    Access.ANONYMOUS_WITH_JWT: Sender.anonymous_with_jwt(CUSTOMER),
    Access.ANONYMOUS: Sender.anonymous(CUSTOMER),
}
LEVELS = list(Access)
ORDERED = {"transaction.charge": 1, "product.buy": 1}


def section(action: str) -> str:
    """What the page says of an action."""
    return PAGE[PAGE.index(f"\n## {action}\n") :].split("\n## ")[1]


def block(action: str, language: str) -> str:
    """The example of an action in a language."""
    (text,) = re.findall(rf"```{language}\n(.*?)\n```", section(action), re.DOTALL)
    return str(text)


def body(action: str) -> tuple[str, str, Any]:
    """The path of an HTTP example, its headers, and its body."""
    found = re.fullmatch(
        rf"curl {URL}(\S+) (.*) -H 'Content-Type: application/json' -d '\n  (.*)'", block(action, "sh")
    )
    assert found is not None
    return found[1], found[2], json.loads(found[3])


def least(action: str) -> Sender:
    """The least privileged sender that may send an action."""
    return SENDERS[BUILT_IN[action].access]


class AsSender:
    """An engine for one sender, as examples call it."""

    def __init__(self, engine: footfall.Engine, sender: Sender) -> None:
        self.engine, self.sender = engine, sender
        self.results: list[Result] = []

    def track(self, *given: Any) -> None:
        self.results.append(self.engine.track(*given, sender=self.sender))

    def charge(self, *given: Any, **named: Any) -> None:
        self.results.append(self.engine.charge(*given, **named, sender=self.sender))


@pytest.fixture
def engine() -> Iterator[footfall.Engine]:
    with footfall.testing.open() as opened:
        yield opened


def taken(engine: footfall.Engine) -> dict[str, int]:
    counts = engine.profile(CUSTOMER).counts
    return {action: number for action, number in counts.items() if action not in ENGINE_ACTIONS}


def expected(action: str) -> dict[str, int]:
    return ORDERED if action in TRANSACTION_ACTIONS else {action: 1}


def test_the_page_is_up_to_date() -> None:
    assert page() == PAGE, "write it anew: python -m tests.event_page"


def test_there_is_an_example_of_everything_that_somebody_may_send() -> None:
    assert list(EXAMPLES) == CUSTOM
    assert [re.findall(r"^## (.*)$", PAGE, re.MULTILINE)] == [list(BUILT_IN)]


@pytest.mark.parametrize("action", SENDABLE)
def test_a_python_example_is_accepted_from_the_least_that_may_send_it(engine: footfall.Engine, action: str) -> None:
    sending = AsSender(engine, least(action))
    exec(block(action, "python"), {"engine": sending, "customer": CUSTOMER})  # noqa: S102  # our own page
    assert [result.status for result in sending.results] == ["accepted"]
    assert taken(engine) == expected(action)


@pytest.mark.parametrize("action", SENDABLE)
def test_an_http_example_is_accepted_from_the_least_that_may_send_it(engine: footfall.Engine, action: str) -> None:
    path, headers, sent = body(action)
    take = {"/v1/events": engine.track_many, "/v1/orders": engine.charge_many}[path]
    assert [result.status for result in take([sent], sender=least(action))] == ["accepted"]
    assert taken(engine) == expected(action)
    level = BUILT_IN[action].access
    assert ("sk_" in headers) == (level is Access.SERVER)
    assert ("eyJ" in headers) == (level in (Access.ANONYMOUS_WITH_JWT, Access.AUTHENTICATED))
    assert ("pk_" in headers) == (level is not Access.SERVER)


@pytest.mark.parametrize("action", [action for action in CUSTOM if BUILT_IN[action].access is not Access.SERVER])
def test_a_browsers_example_is_the_same_event(action: str) -> None:
    found = re.fullmatch(
        r'(SR\.client\.setAccessToken\("eyJ…"\)\n)?SR\.event\.trackCustomEvent\("(.*?)", (.*)\)', block(action, "js")
    )
    assert found is not None
    assert (found[2], json.loads(found[3])) == (action, EXAMPLES[action])
    assert (found[1] is None) == (BUILT_IN[action].access is Access.ANONYMOUS)


def test_what_the_server_alone_sends_has_no_example_for_browsers() -> None:
    for action in BUILT_IN:
        if BUILT_IN[action].access is Access.SERVER:
            with pytest.raises(ValueError, match="unpack"):
                block(action, "js")


@pytest.mark.parametrize("action", [action for action in CUSTOM if BUILT_IN[action].access is not Access.ANONYMOUS])
def test_whoever_may_do_less_may_not_send_it(engine: footfall.Engine, action: str) -> None:
    below = LEVELS[LEVELS.index(BUILT_IN[action].access) + 1]
    (result,) = engine.track_many([body(action)[2]], sender=SENDERS[below])
    assert result.reason == "access_denied"


@pytest.mark.parametrize("action", CUSTOM)
def test_an_example_without_what_it_needs_is_rejected_and_needs_no_more(engine: footfall.Engine, action: str) -> None:
    _, _, sent = body(action)
    needs = [name for name, one in BUILT_IN[action].parameters.items() if one.required]
    (told,) = re.findall(r"^- Needs: (.*)$", section(action), re.MULTILINE)
    assert re.findall(r"`(\w+)`", told) == needs
    for name in needs:
        without = {key: value for key, value in sent["params"].items() if key != name}
        (result,) = engine.track_many([{**sent, "params": without}], sender=least(action))
        assert (result.reason, repr(name) in result.detail) == ("missing_parameter", True)
    (alone,) = engine.track_many([{**sent, "params": {name: sent["params"][name] for name in needs}}])
    assert alone.status == "accepted"


@pytest.mark.parametrize("action", SENDABLE)
def test_it_opens_a_session_where_the_page_says_so(engine: footfall.Engine, action: str) -> None:
    path, _, sent = body(action)
    (engine.track_many if path == "/v1/events" else engine.charge_many)([sent])
    assert bool(engine.sessions(CUSTOMER)) == ("- Session activity: yes" in section(action))
    if "without bots" in section(action):
        engine.track_many([{**sent, "uuid": UUID(int=7), "params": {**sent["params"], "bot": True}}])
        assert engine.sessions(UUID(int=7)) == []


@pytest.mark.parametrize("action", sorted(ENGINE_ACTIONS))
def test_what_the_engine_alone_writes_is_refused_from_everybody(engine: footfall.Engine, action: str) -> None:
    assert engine.track(CUSTOMER, action).reason == "reserved_action"
    assert "- Who may send it: the engine alone" in section(action)
    assert "```" not in section(action)
