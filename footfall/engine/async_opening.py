"""Opening a store for asyncio."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec

from .opening import open as open_engine

if TYPE_CHECKING:
    from .async_engine import AsyncEngine
    from .engine import Engine

_Given = ParamSpec("_Given")


class Opening:
    """A store that is to be opened: `async with` it, or await it and close the engine yourself."""

    def __init__(self, opened: Callable[[], Engine]) -> None:
        self._opened = opened
        self._engine: AsyncEngine | None = None

    def __await__(self) -> Generator[Any, None, AsyncEngine]:
        return self._open().__await__()

    async def __aenter__(self) -> AsyncEngine:
        self._engine = await self._open()
        return self._engine

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._engine is not None:
            await self._engine.close()

    async def _open(self) -> AsyncEngine:
        from .async_engine import AsyncEngine
        from .threads import in_own_thread

        return AsyncEngine(await in_own_thread(self._opened, _close_unwanted))


def _close_unwanted(opened: Future[Engine]) -> None:
    # Whoever wanted it was cancelled while it was opened.
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


def _asynchronous(open_it: Callable[_Given, Engine]) -> Callable[_Given, Opening]:
    def open_async(*given: _Given.args, **named: _Given.kwargs) -> Opening:
        """Open a store for asyncio, with the arguments of `footfall.open`: `async with footfall.open_async(…) as
        engine`, or `engine = await footfall.open_async(…)` and later `await engine.close()`.

        It is opened and closed in a thread. Raises what `footfall.open` raises.
        """
        return Opening(partial(open_it, *given, **named))

    signature = inspect.signature(open_it).replace(return_annotation=Opening.__name__)
    open_async.__signature__ = signature  # type: ignore[attr-defined]  # for those who read it
    return open_async


open_async = _asynchronous(open_engine)
