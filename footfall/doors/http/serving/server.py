"""Serving the door by uvicorn until it is told to stop."""

from __future__ import annotations

import gc
import logging
import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import uvicorn

from ....engine.engine import Engine
from ....engine.loggers import ACCESS
from ....engine.public import FootfallError
from ..app import Door
from ..settings import DoorSettings
from .access_log import with_access_log
from .protocol import BoundedProtocol

GRACE_SECONDS = 8
"""Of what was begun when it is told to stop, what is not answered by then is cut off."""
BODY_SECONDS = 5
"""So long it goes on waiting for bodies then: who is refused must have time to hear of it."""
_WAITING = 2_048


class CannotListen(FootfallError):
    """The address cannot be listened at; the message says why."""


class Served(NamedTuple):
    """How the door is served: `trusted_proxies` are addresses or networks whose `X-Forwarded-For` and `-Proto` are
    believed, `root_path` is where a proxy shows the door."""

    bounds: DoorSettings
    trusted_proxies: Sequence[str] = ()
    root_path: str = ""
    access_log: bool = False


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises `CannotListen`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_WAITING)
    except OSError as error:
        raise CannotListen(f"cannot listen at {host}, port {port}: {error.strerror}") from error


def serve_until(stopped: Sequence[int], engine: Engine, listening: socket.socket, how: Served) -> bool:
    """Serve until something is in `stopped`; then take no more requests, and answer those that were begun. Tells
    whether all of them were."""
    if how.access_log:
        ACCESS.setLevel(logging.INFO)
    door = Door(engine, how.bounds)
    config = uvicorn.Config(
        with_access_log(door) if how.access_log else door,
        http=BoundedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level=logging.ERROR,  # below are remarks on what clients send
        access_log=False,  # that of uvicorn tells queries
        server_header=False,
        proxy_headers=bool(how.trusted_proxies),
        forwarded_allow_ips=list(how.trusted_proxies),
        root_path=how.root_path,
        backlog=_WAITING,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    gc.collect()
    # What there is by now stays: to look through it again and again would keep requests waiting. What a request makes
    # is mostly gone with it, so that there is little to find.
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
    server = _Server(config, door, stopped)
    server.run([listening])
    return server.has_answered_all


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, door: Door, stopped: Sequence[int]) -> None:
        super().__init__(config)
        self._door, self._stopped = door, stopped
        self.has_answered_all = True

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Leave signals to the program."""
        return nullcontext()

    async def on_tick(self, counter: int) -> bool:
        """Look whether it is to stop."""
        if self._stopped and not self.should_exit:
            self._door.parts().end_soon(BODY_SECONDS)
            self.should_exit = True
        return await super().on_tick(counter)

    async def _wait_tasks_to_complete(self) -> None:
        self.has_answered_all = False
        await super()._wait_tasks_to_complete()
        self.has_answered_all = True
