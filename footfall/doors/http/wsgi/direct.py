"""Parts for threads of the host's: what handlers await is done on the spot, so that they never wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, cast

from ....engine.async_engine import AsyncEngine
from ....engine.engine import Engine, system_clock
from ....engine.public import HandedIn, Result, Sender, SubmissionKind
from ..admission import Admission
from ..batcher import Batcher
from ..body_time import BodyTime
from ..live import Live
from ..outcomes import taken_in
from ..page_facts import PageFacts
from ..parts import Parts
from ..refusals import Refusal
from ..response import Stream
from ..senders import Senders
from ..settings import DoorSettings
from ..tally import Tally


def open_direct_parts(engine: Engine, settings: DoorSettings) -> Parts:
    """The parts for this process."""
    calls = cast(AsyncEngine, _Calls(engine))
    admission = _Admission(calls, Senders(engine, system_clock), settings, time.monotonic)
    return Parts(
        calls,
        settings,
        admission,
        cast(Batcher, _Handing(engine)),
        cast(Live, _NoLive()),
        Tally(),
        PageFacts(calls, settings.page_facts),
        BodyTime(settings.body_seconds),
    )


class _Calls:
    """The calls of an `AsyncEngine`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        call = getattr(self.engine, name)

        async def carried_out(*given: Any, **named: Any) -> Any:
            return call(*given, **named)

        return carried_out


class _Admission(Admission):
    async def bring_up_to_date(self) -> None:
        """In the thread that asks."""
        self._senders.bring_up_to_date()

    async def _read(self) -> None:
        self._senders.refresh()


class _Handing:
    """Threads that call at once share commits: there is nothing to gather."""

    waiting = 0

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def submit(
        self, kind: SubmissionKind, submissions: Sequence[Any], senders: Sequence[Sender]
    ) -> Sequence[Result]:
        """As `Batcher` has it."""
        pairs = zip(submissions, senders, strict=True)
        return taken_in(self._engine, [HandedIn(kind, one, sender) for one, sender in pairs])


class _NoLive:
    listeners = 0

    async def stream(self, query: Mapping[str, Sequence[str]], last_event_id: str | None) -> Stream:
        """Each listener would hold one of the host's few threads."""
        raise Refusal(501, "not_served_here", "live events need footfall serve, or the door mounted by ASGI")
