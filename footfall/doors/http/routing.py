"""Which route a path leads to, wherever the app is mounted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .parameters import Parameter
from .refusals import Refusal
from .response import Response, Stream

if TYPE_CHECKING:
    from .parts import Parts
    from .request import Request

Handler = Callable[["Parts", "Request"], Awaitable[Response | Stream]]


class Route(NamedTuple):
    """A method and a path's template, `/v1/customers/{uuid}/profile`, with what answers it, and what the OpenAPI
    document says of it besides: the type of the `answer`, or its media type; the type of the `body`, or its schema.

    `scope` is what a server key needs; None where anybody may ask. Where pages of other origins may send (`is_open`),
    the handler sees to it who does, since a body may hold the key. One that `takes_cookie` is for an EventSource.
    """

    method: str
    template: str
    handler: Handler
    summary: str
    answer: Any
    scope: str | None = None
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    is_open: bool = False
    takes_cookie: bool = False


class Found(NamedTuple):
    """The routes at a path by method, and what stands where its template has a name."""

    by_method: dict[str, Route]
    arguments: tuple[str, ...]
    is_open: bool
    """Whether pages of other origins may send here."""

    @classmethod
    def at(cls, by_method: dict[str, Route], arguments: Iterable[str] = ()) -> Found:
        """What is at a path."""
        return cls(by_method, tuple(arguments), any(route.is_open for route in by_method.values()))

    def route(self, method: str) -> Route:
        """The route of a method. Raises `Refusal` (405)."""
        route = self.by_method.get("GET" if method == "HEAD" else method)
        if route is not None:
            return route
        allowed = ", ".join(sorted({*self.by_method, *({"HEAD"} if "GET" in self.by_method else ())}))
        raise Refusal(405, "method_not_allowed", f"this path takes {allowed}", headers={"allow": allowed})


class Routes:
    """Finds routes. A path is taken with and without a slash at its end, and with doubled ones: a redirect would make
    a beacon a GET without its body."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._fixed: dict[tuple[str, ...], dict[str, Route]] = {}
        self._named: dict[tuple[str, ...], dict[str, Route]] = {}
        self._as_written: dict[str, Found] = {}  # so that most are found at once
        for route in routes:
            steps = _steps(route.template)
            table = self._named if any(map(_is_name, steps)) else self._fixed
            by_method = table.setdefault(steps, {})
            by_method[route.method] = route
            if table is self._fixed:
                self._as_written[route.template] = Found.at(by_method)

    def find(self, path: str, root_path: str) -> Found | None:
        """What is at a path. Servers and frameworks leave the root path in it, cut it off, or put it before the one
        that is there already."""
        at_once = self._as_written.get(path)
        if at_once is not None:
            return at_once
        for wanted in _below(_steps(path), _steps(root_path)):
            found = self._at(wanted)
            if found is not None:
                return found
        return None

    def _at(self, steps: tuple[str, ...]) -> Found | None:
        fixed = self._fixed.get(steps)
        if fixed is not None:
            return Found.at(fixed)
        for template, by_method in self._named.items():
            if _fits(steps, template):
                named = (step for step, known in zip(steps, template, strict=True) if _is_name(known))
                return Found.at(by_method, named)
        return None


def _steps(path: str) -> tuple[str, ...]:
    return tuple(step for step in path.split("/") if step)


def _is_name(step: str) -> bool:
    return step.startswith("{")


def _fits(steps: tuple[str, ...], template: tuple[str, ...]) -> bool:
    return len(steps) == len(template) and all(
        _is_name(known) or step == known for step, known in zip(steps, template, strict=True)
    )


def _below(steps: tuple[str, ...], root: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield steps
    while root and steps[: len(root)] == root:
        steps = steps[len(root) :]
        yield steps
