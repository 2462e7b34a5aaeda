"""`python -m benchmarks.door.naive URL PORT`: what is often written first, an INSERT and a commit for each event.

A bare ASGI app under the same server as the door, with as many threads as clients; one table with a unique index on the
event's id. It checks nothing and keeps no sessions and no views.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import local
from typing import Any

import msgspec
import psycopg
import uvicorn
from sqlalchemy.engine import make_url

THREADS = 64
_TABLE = (
    "CREATE TABLE IF NOT EXISTS events (event_id {uuid} PRIMARY KEY, uuid {uuid}, action text, time text, params text)"
)
_INSERT = "INSERT INTO events VALUES ({0}, {0}, {0}, {0}, {0}) ON CONFLICT DO NOTHING"


def _sqlite(file: str) -> Any:
    connection = sqlite3.connect(file, timeout=60, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _connecting(url: str) -> tuple[Callable[[], Any], str, str]:
    if url.startswith("sqlite"):
        return partial(_sqlite, str(make_url(url).database)), _INSERT.format("?"), _TABLE.format(uuid="text")
    return partial(psycopg.connect, url, autocommit=True), _INSERT.format("%s"), _TABLE.format(uuid="uuid")


def app_on(url: str) -> Any:
    """The app."""
    connect, insert, table = _connecting(url)
    connect().execute(table)
    threads, own = ThreadPoolExecutor(THREADS), local()

    def store(events: list[dict[str, Any]]) -> None:
        if not hasattr(own, "connection"):
            own.connection = connect()
        for event in events:
            params = msgspec.json.encode(event["params"]).decode()
            own.connection.execute(insert, (event["event_id"], event["uuid"], event["action"], event["time"], params))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        given = msgspec.json.decode(body)
        events = given if isinstance(given, list) else [given]
        await asyncio.get_running_loop().run_in_executor(threads, store, events)
        answer = msgspec.json.encode({"results": [{"status": "accepted"} for _ in events]})
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    return app


if __name__ == "__main__":
    uvicorn.run(
        app_on(sys.argv[1]),
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="error",
    )
