"""An engine on each kind of database: what is done to one is done to the other, and must come out alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

import footfall

from .conftest import Torture
from .made_up.writers import NOON
from .watch.checker import check_store

YEAR = 365 * 24 * 60 * 60 * 1_000_000


class Both:
    """The two engines. Their answers must be the same, and no call may end in an error that is not Footfall's."""

    def __init__(self, torture: Torture, engines: dict[str, footfall.Engine]) -> None:
        self.tally, self.engines = torture.tally, engines
        self._alike = True

    def call(self, what: str, call: Callable[[footfall.Engine], Any]) -> Any:
        """Do it on both; returns what the first answered, or the kind of its error."""
        self.tally.cycles += 1
        answers = [self._answer(what, call, engine) for engine in self.engines.values()]
        if self._alike and any(answer != answers[0] for answer in answers):
            self.tally.differs(f"{what}: {answers}"[:300])
        return answers[0]

    def _answer(self, what: str, call: Callable[[footfall.Engine], Any], engine: footfall.Engine) -> Any:
        try:
            return call(engine)
        except (footfall.StoreUnavailable, footfall.UnreadableEvent) as error:
            self.tally.differs(f"{what} is too much for the store: {error}"[:300])
            return None
        except footfall.FootfallError as error:
            return type(error)
        except Exception as error:
            self.tally.differs(f"{what} ends in {type(error).__name__}: {error}"[:300])
            return None

    def check(self, *, alike: bool = True) -> None:
        """All that was accepted is folded, nobody is parked, and all that can be read is `alike` on both."""
        self._alike = alike
        for url, engine in self.engines.items():
            self._answer("catch_up", lambda engine: self._folded(engine, url), engine)  # noqa: B023  # called at once
        self.call("stats", lambda engine: engine.stats())
        self.call("pages", lambda engine: engine.pages(limit=None))
        for row in self.call("profiles", _profiles) or []:
            self._read(UUID(row.uuid))

    def _folded(self, engine: footfall.Engine, url: str) -> None:
        engine.catch_up()
        for parked in engine.status().parked:
            self.tally.differs(f"accepted, and cannot be projected: {parked.projection} of {parked.uuid}")
        check_store(url, self.tally)

    def _read(self, who: UUID) -> None:
        self.call("profile", lambda engine: engine.profile(who))
        self.call("timeline", lambda engine: engine.timeline(who, limit=None, raw=True))
        self.call("page_visits", lambda engine: engine.page_visits(who))
        self.call("sessions", lambda engine: engine.sessions(who))


def _profiles(engine: footfall.Engine) -> list[footfall.ProfileRow]:
    # A cursor holds positions, which are a store's own.
    return [replace(row, cursor="") for row in engine.profiles(limit=None)]


@contextmanager
def both(torture: Torture, *urls: str) -> Iterator[Both]:
    """Engines on these stores, with the same clock and the same ids."""
    with ExitStack() as opened:
        engines = {}
        for url in urls:
            engine = footfall.open(url, partitions=4, clock=lambda: NOON + YEAR, new_id=_numbered())
            engines[url] = opened.enter_context(engine)
        yield Both(torture, engines)


def _numbered() -> Callable[[], UUID]:
    numbers = count(1)
    return lambda: UUID(int=next(numbers), version=4)
