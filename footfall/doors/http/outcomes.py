"""What becomes of what requests have handed in: taken in together, and told to each of those who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from ...engine.engine import Engine
from ...engine.public import (
    EngineClosed,
    HandedIn,
    Rejected,
    Result,
    StoreBusy,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)


class Waiting(NamedTuple):
    """What one request has handed in, and where it awaits the answer."""

    handed_in: Sequence[HandedIn]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Sequence[Result]]


Outcome = Sequence[Result] | Exception


def taken_in(engine: Engine, handed_in: Sequence[HandedIn]) -> Sequence[Result]:
    """The results of what is handed in, also where a rule refuses some of it."""
    try:
        return engine.take_in(handed_in)
    except Rejected as refused:  # of an engine that raises where a rule refuses something
        return refused.results


def outcomes(engine: Engine, group: Sequence[Waiting]) -> Iterable[tuple[Waiting, Outcome]]:
    """What becomes of what several requests have handed in, taken in together: nobody is refused for another's sake."""
    try:
        results = iter(taken_in(engine, [one for waiting in group for one in waiting.handed_in]))
    except (EngineClosed, StoreBusy, StoreFull, StoreRefused, StoreUnavailable) as error:
        for waiting in group:
            own = type(error)(*error.args)  # raised in several tasks, so each has one of its own
            own.__cause__ = error
            yield waiting, own
    except Exception as error:
        if len(group) == 1:
            yield group[0], error
            return
        for waiting in group:  # one of them is to blame: each by itself then, so that it harms no other
            yield from outcomes(engine, [waiting])
    else:
        for waiting in group:
            yield waiting, list(islice(results, len(waiting.handed_in)))


def hand_back(outcomes: Iterable[tuple[Waiting, Outcome]]) -> None:
    """Answer all who wait, with one wake-up of each loop."""
    of_loops: dict[asyncio.AbstractEventLoop, list[tuple[Waiting, Outcome]]] = {}
    for waiting, outcome in outcomes:
        of_loops.setdefault(waiting.loop, []).append((waiting, outcome))
    for loop, of_loop in of_loops.items():
        with suppress(RuntimeError):  # the loop is closed, and whoever waited is gone with it
            loop.call_soon_threadsafe(_settle, of_loop)


def _settle(outcomes: Iterable[tuple[Waiting, Outcome]]) -> None:
    for waiting, outcome in outcomes:
        if waiting.answer.done():
            continue
        if isinstance(outcome, Exception):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome)
