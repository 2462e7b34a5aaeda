"""A client of live events, which reads them from a socket as they come."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.end_to_end.http.service import Asking
from tests.forked import PATIENCE_SECONDS


class Told(NamedTuple):
    """An event as a browser takes it, or, without data, the place up to which there was none."""

    id: str
    data: dict[str, Any] | None


class Listening:
    """Live events, from the moment on at which the server has told of a place. Closed on leaving."""

    def __init__(self, ask: Asking, last_event_id: str | None = None, **query: Any) -> None:
        self._connection = http.client.HTTPConnection(ask.place, timeout=PATIENCE_SECONDS)
        headers = {"Authorization": f"Bearer {ask.key}", "Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self._connection.request("GET", f"{ask.root}/v1/live?{urlencode(query, doseq=True)}", headers=headers)
        self.response = self._connection.getresponse()
        assert self.response.status == 200, self.response.read()
        self.headers = {name.lower(): value for name, value in self.response.getheaders()}
        self.last_event_id = last_event_id or ""
        self._came: Queue[Told | None] = Queue()
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()
        if last_event_id is None and "after" not in query:
            assert self.next_place().data is None

    def __enter__(self) -> Listening:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Close the connection, as a browser does that goes away."""
        if self._connection.sock is not None:
            self._connection.sock.shutdown(2)
        self._thread.join(PATIENCE_SECONDS)
        self._connection.close()

    def next(self) -> dict[str, Any]:
        """The next event."""
        while (told := self.next_place()).data is None:
            pass
        return told.data

    def next_place(self) -> Told:
        """The next event or place. Raises `StopIteration` at the end of the stream."""
        told = self._came.get(timeout=PATIENCE_SECONDS)
        if told is None:
            raise StopIteration
        self.last_event_id = told.id
        return told

    def urls(self, number: int) -> list[str]:
        """Of the next events, which are page visits."""
        return [self.next()["params"]["url"] for _ in range(number)]

    def urls_until(self, url: str) -> Iterator[str]:
        """Those of events up to one of a page."""
        found = ""
        while found != url:
            found = self.next()["params"]["url"]
            yield found

    def rest(self) -> list[Told]:
        """All until the stream ends."""
        return list(iter(self._came.get, None))

    def nothing(self, within: float) -> bool:
        """Whether nothing comes for a while."""
        try:
            return self._came.get(timeout=within) is None
        except Empty:
            return True

    def _read(self) -> None:
        cursor, data, has_id = self.last_event_id, "", False
        try:
            for line in self.response:
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "id":
                    cursor, has_id = value, True
                elif field == "data":
                    data += value
                elif not field:
                    if has_id:
                        self._came.put(Told(cursor, json.loads(data) if data else None))
                    data, has_id = "", False
        except (OSError, ValueError, http.client.HTTPException):
            pass  # it was left
        self._came.put(None)
