"""Spans of a host's tracer around what takes time. The tracer is OpenTelemetry's or anything like it; where there is
none, nothing stands around anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from threading import get_ident
from typing import Any, ParamSpec, Protocol, TypeVar

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
_Item = TypeVar("_Item")

Attributes = Mapping[str, str | int]
"""What a span tells. Never anything of a customer's."""

Take = Callable[[Sequence[_Item]], _Answer]

TAKE, COMMIT = "footfall.take", "footfall.commit"


class Tracer(Protocol):
    """OpenTelemetry's `Tracer`, as far as it is used."""

    def start_as_current_span(self, name: str) -> AbstractContextManager[Any]:
        """A span that is the current one of this thread's context in a block, and records what is raised from it."""


class Untraced:
    """Where the host has no tracer."""

    def around(
        self, _name: str, call: Callable[_Given, _Answer], _told: Callable[..., Attributes]
    ) -> Callable[_Given, _Answer]:
        """The call itself."""
        return call

    def commits(
        self,
        commit: Take[_Item, _Answer],
        shared: Callable[[Take[_Item, _Answer]], Take[_Item, _Answer]],
        _told: Callable[..., Attributes],
    ) -> Take[_Item, _Answer]:
        """The commit, shared by threads."""
        return shared(commit)


UNTRACED = Untraced()


class Tracing(Untraced):
    """Makes spans by a tracer; each tells which kind of `database` it is about."""

    def __init__(self, tracer: Tracer, database: str) -> None:
        self._tracer, self._database = tracer, database
        self._carried: dict[int, list[tuple[Any, int]]] = {}

    def around(
        self, name: str, call: Callable[_Given, _Answer], told: Callable[..., Attributes]
    ) -> Callable[_Given, _Answer]:
        """The call with a span around it, that tells what is `told` of the answer and of what the call was given."""

        @wraps(call)
        def traced(*given: _Given.args, **named: _Given.kwargs) -> _Answer:
            with self._tracer.start_as_current_span(name) as span:
                span.set_attribute("db.system.name", self._database)
                answer = call(*given, **named)
                _tell(span, told(answer, *given))
            return answer

        return traced

    def commits(
        self,
        commit: Take[_Item, _Answer],
        shared: Callable[[Take[_Item, _Answer]], Take[_Item, _Answer]],
        told: Callable[..., Attributes],
    ) -> Take[_Item, _Answer]:
        """The commit, shared by threads, with a span around each call and one around each commit. The latter lies in
        that of the call whose thread commits; the spans of the others have a link to it."""

        def traced_commit(items: Sequence[_Item]) -> _Answer:
            with self._tracer.start_as_current_span(COMMIT) as span:
                calls = [self._carried[id(item)] for item in items if id(item) in self._carried]
                _tell(span, {"db.system.name": self._database, "footfall.events": len(items)})
                _tell(span, {"footfall.calls": len(calls)})
                for one in calls:
                    one.append((span, get_ident()))
                return commit(items)

        take = shared(traced_commit)

        def traced(items: Sequence[_Item]) -> _Answer:
            first, carriers = id(items[0]), list[tuple[Any, int]]()
            with self._tracer.start_as_current_span(TAKE) as span:
                span.set_attribute("db.system.name", self._database)
                self._carried[first] = carriers
                try:
                    answer = take(items)
                finally:
                    del self._carried[first]
                    _link(span, carriers)
                _tell(span, told(answer))
            return answer

        return traced


def tracing_by(tracer: Tracer | None, database: str) -> Untraced:
    """Spans by a host's tracer, if it has one."""
    return UNTRACED if tracer is None else Tracing(tracer, database)


def told_of_read(answer: object, query: object, _fresh: bool | None) -> Attributes:
    """Of a read of a view: what was asked, and how many rows were the answer."""
    rows = {"footfall.rows": len(answer)} if isinstance(answer, list) else {}
    return {"footfall.question": type(query).__name__, **rows}


def told_of_rebuild(_: object, models: Sequence[Any], *__: object) -> Attributes:
    """Of a rebuild: which views."""
    return {"footfall.views": ", ".join(model.name for model in models)}


def nothing_told(*_: object) -> Attributes:
    """Where the name of a span says all."""
    return {}


def _tell(span: Any, attributes: Attributes) -> None:
    for name, value in attributes.items():
        span.set_attribute(name, value)


def _link(span: Any, carriers: Sequence[tuple[Any, int]]) -> None:
    for carrier, thread in carriers:
        if thread != get_ident():
            span.add_link(carrier.get_span_context())
