"""Listeners who cannot keep up, and those who do not read at all: they are sent away, and nothing is left out."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import footfall
from footfall.doors.http.live import Live, feed, listener
from tests.contracts.support import ALICE, BOB, visit
from tests.forked import PATIENCE_SECONDS

VISITS = {"action": ["page.visit"]}


class Client:
    """A client whose reading can be held up."""

    def __init__(self) -> None:
        self.reads, self.gone = asyncio.Event(), asyncio.Event()
        self.reads.set()
        self.text, self.has_ended = "", False

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.text += message.get("body", b"").decode()
        self.has_ended = message["type"] == "http.response.body" and not message.get("more_body", False)

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    @property
    def urls(self) -> list[str]:
        return re.findall(r'"url":"(.*?)"', self.text)

    @property
    def last_event_id(self) -> str:
        return str(re.findall(r"^id: (.*)$", self.text, re.MULTILINE)[-1])

    def begin(self, stream: Any) -> asyncio.Task[None]:
        return asyncio.create_task(stream.run(self.receive, self.send))


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def listening(engine: footfall.Engine, work: Callable[[footfall.AsyncEngine, Live], Coroutine[Any, Any, None]]) -> None:
    """Do something with live events of an engine."""

    async def all_of_it() -> None:
        asynchronous = footfall.AsyncEngine(engine)
        live = Live(asynchronous)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await work(asynchronous, live)
            live.close()
            await until(lambda: not any(thread.name == "footfall log watch" for thread in threading.enumerate()))

    asyncio.run(all_of_it())


def test_one_that_cannot_keep_up_is_sent_away_and_comes_back_to_where_it_was(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST_UNWRITTEN", 10)

    async def work(asynchronous: footfall.AsyncEngine, live: Live) -> None:
        slow, quick = Client(), Client()
        answers = [client.begin(await live.stream(VISITS, None)) for client in (slow, quick)]
        await until(lambda: "id: " in slow.text and "id: " in quick.text)
        slow.reads.clear()
        for number in range(0, 60, 5):
            await asynchronous.track_many([visit(ALICE, at, f"/{at}") for at in range(number, number + 5)])
            await until(lambda upto=number + 5: len(quick.urls) == upto)  # type: ignore[misc]
        slow.reads.set()
        await answers[0]
        assert slow.has_ended
        assert not quick.has_ended
        assert 0 < len(slow.urls) < 60
        again = Client()
        answers.append(again.begin(await live.stream(VISITS, slow.last_event_id)))
        await until(lambda: len(slow.urls + again.urls) >= 60)
        assert slow.urls + again.urls == [f"/{number}" for number in range(60)]
        live.close()
        await asyncio.gather(*answers)

    listening(engine, work)


def test_one_that_does_not_read_is_left(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "STUCK_SECONDS", 0.1)

    async def work(asynchronous: footfall.AsyncEngine, live: Live) -> None:
        client = Client()
        answer = client.begin(await live.stream({}, None))
        await until(lambda: "id: " in client.text)
        client.reads.clear()
        await asynchronous.track_many([visit(ALICE, 0)])
        await answer
        assert not client.has_ended
        assert live.listeners == 0

    listening(engine, work)


def test_the_subscription_ends_some_time_after_the_last_listener(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LINGER_SECONDS", 0.1)

    async def work(asynchronous: footfall.AsyncEngine, live: Live) -> None:
        first = Client()
        answer = first.begin(await live.stream(VISITS, None))
        await until(lambda: "id: " in first.text)
        await asyncio.sleep(0.3)
        await asynchronous.track_many([visit(ALICE, 0, "/while-it-listens")])
        await until(lambda: first.urls)
        first.gone.set()
        await answer
        await until(lambda: not any(task.get_name() == "footfall live" for task in asyncio.all_tasks()))
        await asynchronous.track_many([visit(ALICE, 1, "/meanwhile")])
        second = Client()
        answer = second.begin(await live.stream(VISITS, first.last_event_id))
        await until(lambda: second.urls == ["/meanwhile"])
        second.gone.set()
        await answer

    listening(engine, work)


def test_a_door_that_closes_takes_no_listener_and_ends_those_that_are_there(engine: footfall.Engine) -> None:
    async def work(_asynchronous: footfall.AsyncEngine, live: Live) -> None:
        client = Client()
        answer = client.begin(await live.stream({}, None))
        late = await live.stream({}, None)
        await until(lambda: "id: " in client.text)
        live.close()
        await answer
        assert client.has_ended
        with pytest.raises(footfall.EngineClosed):
            await live.stream({}, None)
        after = Client()
        await after.begin(late)
        assert after.has_ended

    listening(engine, work)


def test_an_engine_that_is_closed_ends_its_listeners(engine_at: Any, database_url: str) -> None:
    async def work(asynchronous: footfall.AsyncEngine, live: Live) -> None:
        client = Client()
        answer = client.begin(await live.stream({"customer": [str(BOB)]}, None))
        await until(lambda: "id: " in client.text)
        await asynchronous.close()
        await answer
        assert client.has_ended

    listening(engine_at(database_url), work)
