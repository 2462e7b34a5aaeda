"""The README's web site, in the real FastAPI."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

import footfall

README = (Path(__file__).parents[2] / "README.md").read_text()
(EXAMPLE,) = (one for one in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "lifespan=lifespan" in one)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(EXAMPLE, "README.md", "exec", dont_inherit=True), names)  # noqa: S102  # our own example
    return names["app"]


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop.example")


def test_it_answers_with_what_the_engine_gives(app: Any) -> None:
    customer = uuid4()

    async def work() -> None:
        async with app.router.lifespan_context(app), client_of(app) as client:
            visits = [client.post(f"/customers/{customer}/visits", params={"url": f"/{n}"}) for n in range(50)]
            assert {(await one).json()["status"] for one in asyncio.as_completed(visits)} == {"accepted"}
            profile = (await client.get(f"/customers/{customer}")).json()
            assert (profile["uuid"], profile["counts"]) == (str(customer), {"page.visit": 50})
            assert (await client.get("/ready")).status_code == 204
            assert (await client.get("/customers/nobody")).status_code == 422
            Path("shop.db").unlink()
            assert (await client.get("/ready")).status_code == 503

    asyncio.run(work())


def test_a_client_that_leaves_ends_its_stream(app: Any) -> None:
    customer = uuid4()

    async def work() -> None:
        sent, left = list[bytes](), asyncio.Event()

        async def receive() -> dict[str, Any]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message.get("body", b""))

        path = f"/customers/{customer}/events"
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"after=start", "headers": []}
        async with app.router.lifespan_context(app), client_of(app) as client:
            stream = asyncio.create_task(app(scope, receive, send))
            await client.post(f"/customers/{customer}/visits", params={"url": "/"})
            while b"page.visit" not in b"".join(sent):
                await asyncio.sleep(0.01)
            assert not stream.done()
            left.set()
            await stream
        with pytest.raises(footfall.EngineClosed):
            await app.state.engine.profile(customer)

    asyncio.run(work())
