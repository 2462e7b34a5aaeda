"""kill -9 of the server under 64 clients that send again what was not answered: nothing acknowledged is lost, nothing
is there twice, and no batch by half."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

import footfall
from footfall.doors.http.serving import Served, bind, serve_until
from footfall.doors.http.settings import DoorSettings

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import answer_before_commit
from ...made_up.senders import Senders
from ...made_up.writers import Taking
from ...watch.checker import check
from ...watch.views import catch_up

SHORT = 6


def serve(say: Callable[[Any], None], url: str, port: int, taken_away: Taking | None) -> None:
    """The door as `footfall serve` opens it, in a process that is going to be killed."""
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    with footfall.open(url) as engine, bind("127.0.0.1", port) as listening:
        say("ready")
        serve_until([], engine, listening, Served(DoorSettings()))


async def killing(torture: Torture, url: str, cycles: int, taken_away: Taking | None) -> None:
    """Start the server and kill it under its clients, time after time; the last one answers what is left."""
    port, path = free_port(), torture.folder / f"senders-{torture.tally.cycles}.journal"
    with footfall.open(url, partitions=4) as engine:
        key = engine.create_server_key(f"senders-{torture.tally.cycles}").key
    senders = Senders(port, key, path, torture.rng)
    sending = asyncio.create_task(senders.send())
    for _ in range(cycles):
        with Child(serve, url, port, taken_away) as server:
            await asyncio.to_thread(server.hear)
            await asyncio.sleep(0.1 + torture.rng.random() * 0.5)
            torture.tally.cycles += server.kill()
    with Child(serve, url, port, taken_away):
        senders.stop()
        await sending
    catch_up(url, torture.tally)
    check(url, sorted(torture.folder.glob("senders-*.journal")), torture.tally)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_nothing_acknowledged_over_http_is_lost(torture: Torture, database_url: str) -> None:
    cycles = torture.scaled(300, short=SHORT)
    torture.endure(lambda without: asyncio.run(killing(torture, database_url, cycles, without)), answer_before_commit)


def test_control_an_answer_before_the_commit(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: asyncio.run(killing(torture, database_url, SHORT, without)), answer_before_commit)
