"""Processes that each remember the customers of a store: whatever one of them answers goes by what all have written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall import Access, Sender
from footfall.application.ingest.state_cache import StateCache
from footfall.application.running import retries
from footfall.infrastructure.log.append_at_once import AppendAtOnce
from footfall.infrastructure.log.transaction import LogTransaction

from ...conftest import Torture
from ...made_up.writers import NOON, Taking
from ...model.machine import moment
from ...model.model import LEVELS, MINUTE, Model
from ...watch.session_ends import check_ends

PROCESSES = 3


class Conversation:
    """What several processes are asked in turn about a few customers, beside the model of what they must answer."""

    def __init__(self, torture: Torture, engines: list[footfall.Engine], model: Model) -> None:
        self._torture, self._engines, self._model = torture, engines, model
        self._people = [self._new_id() for _ in range(3)]
        self._sent: list[tuple[Any, ...]] = []

    def _new_id(self) -> UUID:
        return UUID(int=self._torture.rng.getrandbits(128), version=4)

    def go_on(self) -> None:
        """Ask one of them for something, which may be something that it cannot do."""
        rng, engine = self._torture.rng, self._torture.rng.choice(self._engines)
        self._torture.tally.cycles += 1
        self._model.now += rng.choice([1, MINUTE, 40 * MINUTE])
        (ask,) = rng.choices([self._send, self._recognise, footfall.Engine.sweep], [8, 3, 2])
        without_complaint(self._torture, ask, engine)

    def _send(self, engine: footfall.Engine) -> None:
        rng, model = self._torture.rng, self._model
        events = [self._event() for _ in range(rng.choice([1, 1, 1, 2, 5]))]
        answers = engine.take_in(
            [
                footfall.HandedIn(
                    footfall.SubmissionKind.EVENT,
                    {"uuid": who, "event_id": i, "action": "page.visit", "params": params, "time": moment(claim)},
                    Sender(Access(level), None if level == "server" else who),
                )
                for who, i, params, claim, level in events
            ]
        )
        for (who, event_id, params, claim, level), answer in zip(events, answers, strict=True):
            expected = model.track(who, event_id, "page.visit", params, claim, level, who)
            if str(answer.reason or answer.status) != expected:
                self._torture.tally.differs(f"answered {answer.reason or answer.status} and not {expected}")

    def _event(self) -> tuple[Any, ...]:
        rng = self._torture.rng
        if self._sent and rng.random() < 0.2:
            who, event_id, params, claim, _ = rng.choice(self._sent)
            return who, event_id, params, claim, rng.choice(LEVELS)
        claim = self._model.now - rng.choice([0, 0, 50]) * MINUTE
        event = rng.choice(self._people), self._new_id(), {"url": f"/{rng.randrange(5)}"}, claim, rng.choice(LEVELS)
        self._sent.append(event)
        return event

    def _recognise(self, engine: footfall.Engine) -> None:
        who, said = self._torture.rng.choice(self._people), self._torture.rng.choice([True, True, False, None])
        event_id = self._new_id()
        if engine.update(who, {"recognised": said}, event_id=event_id).status != "accepted":
            self._torture.tally.differs("an update was refused")
        self._model.learned[who].append((self._model.now, event_id, "recognised", said))


def converse(torture: Torture, url: str, number: int, taken_away: Taking | None) -> None:
    """So many conversations, each about other customers."""
    model = Model(NOON, 30 * MINUTE)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        if taken_away is not None:
            taken_away(patch)
        engines = [
            stack.enter_context(footfall.open(url, partitions=2, clock=lambda: model.now)) for _ in range(PROCESSES)
        ]
        for _ in range(number):
            conversation = Conversation(torture, engines, model)
            for _ in range(40):
                conversation.go_on()
        model.now += 24 * 60 * MINUTE
        for engine in engines:
            without_complaint(torture, footfall.Engine.sweep, engine)
        engines[0].catch_up()
    check_ends(url, model.now, torture.tally)


def without_complaint(torture: Torture, ask: Callable[[footfall.Engine], object], engine: footfall.Engine) -> None:
    """Ask an engine for something, which must not raise."""
    try:
        ask(engine)
    except footfall.FootfallError as error:
        torture.tally.differs(f"raised {error}")


def never_forget(patch: pytest.MonkeyPatch) -> None:
    """A process believes what it remembers, also where others have written since."""
    patch.setattr(StateCache, "_forget_stale", lambda *_: None)
    patch.setattr(retries, "FIRST_WAIT", 0.0)  # for what can never succeed


def only_suppose(patch: pytest.MonkeyPatch) -> None:
    """What is supposed of customers to whom nothing is written is not compared with the log (PostgreSQL)."""
    patch.setattr(AppendAtOnce, "appending", LogTransaction.appending)
    patch.setattr(AppendAtOnce, "_not_written_to", lambda _: set())
    patch.setattr(retries, "FIRST_WAIT", 0.0)


def test_each_goes_by_what_all_have_written(torture: Torture, database_url: str) -> None:
    number = torture.scaled(500, short=15)
    torture.endure(lambda without: converse(torture, database_url, number, without), never_forget)


def test_control_what_is_remembered_is_believed(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: converse(torture, database_url, 2, without), never_forget)


def test_control_what_is_supposed_is_believed(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: converse(torture, postgres_url, 5, without), only_suppose)
