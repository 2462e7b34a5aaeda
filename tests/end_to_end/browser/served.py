"""A shop that `footfall serve` takes the events of: the program on a store, and a site whose origin its key lists."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import footfall
from footfall.application.reading.answers import ActivityEvent
from tests.contracts.subscription.following import eventually, so_far
from tests.end_to_end.browser.chromium import Tab
from tests.end_to_end.browser.pages import Site


class Door:
    """`footfall serve` in a process of its own."""

    def __init__(self, store: str, port: int = 0) -> None:
        command = [sys.executable, "-m", "footfall", "serve", "--port", str(port), "--database", store]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        assert self._process.stderr is not None
        first = self._process.stderr.readline()
        assert first.startswith("serving on http"), first + self._process.stderr.read()
        self.url = first.split()[2].rstrip(",")

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rsplit(":", 1)[1])

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and wait until it has."""
        self._process.send_signal(how)
        self._process.communicate()


@dataclass
class Shop:
    """The shop: its pages, its store, and the door."""

    site: Site
    engine: footfall.Engine
    store: str
    door: Door
    key: str

    def add(self, path: str, body: str = "", **further: Any) -> str:
        """Put a page with the tracker there; its URL."""
        return self.site.add(path, body, key=self.key, **further)

    def restart(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the door and start it again where it was."""
        port = self.door.port
        self.door.end(how)
        self.door = Door(self.store, port)

    def stored(self, *actions: str) -> list[ActivityEvent]:
        """The stored events of these actions, else all that the page sent, by the time that they say."""
        events = so_far(self.engine, actions=actions or None)
        sent = [event for event in events if not event.action.startswith("session.")]
        return sorted(sent, key=lambda event: (event.time, event.claimed_time or event.time))

    def wait_for(self, action: str, number: int = 1) -> list[ActivityEvent]:
        """So many stored events of an action, once they are there."""
        assert eventually(lambda: len(self.stored(action)) >= number), self.stored()
        return self.stored(action)

    def actions(self, tab: Tab) -> list[str]:
        """What the visitor of a page did, as the timeline has it, the oldest first."""
        entries = reversed(self.engine.timeline(self.customer(tab)))
        return [entry.action for entry in entries if not entry.action.startswith("session.")]

    def customer(self, tab: Tab) -> UUID:
        """Whom the page takes its visitor for, once it has found out."""
        tab.wait_for("footfall.uuid()")
        return UUID(tab.js("return footfall.uuid()"))


@contextmanager
def serving(store: str, site: Site, rate: int | None = None) -> Iterator[Shop]:
    """A shop whose door listens."""
    with footfall.open(store) as engine:
        engine.define("test.numbered", access=footfall.Access.ANONYMOUS, parameters={"number": footfall.Integer()})
        key = engine.create_key("shop", origins=[site.url], rate=rate).key
        door = Door(store)
        site.tracker = door.url
        shop = Shop(site, engine, store, door, key)
        try:
            yield shop
        finally:
            shop.door.end()
        assert engine.verify().ok
