"""The engine for asyncio: the same calls, each carried out in a thread, so that the event loop never waits."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import partial, wraps
from types import TracebackType
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

from ..application.reading.subscription import LogReading
from ..domain.errors import InvalidArgument
from .arguments import CustomerName, events_meant
from .async_subscription import AsyncSubscription
from .engine import Engine
from .log_watch import LogWatch
from .threads import Threads, in_own_thread

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
_Async = Callable[Concatenate["AsyncEngine", _Given], Coroutine[Any, Any, _Answer]]


def in_thread(call: Callable[Concatenate[Engine, _Given], _Answer]) -> _Async[_Given, _Answer]:
    """The call as a coroutine, which waits for one of the engine's threads where all are busy."""

    @wraps(call)
    async def carried_out(self: AsyncEngine, /, *given: _Given.args, **named: _Given.kwargs) -> _Answer:
        return await self._threads.call(partial(call, self.engine, *given, **named))

    return carried_out


def aside(call: Callable[Concatenate[Engine, _Given], _Answer]) -> _Async[_Given, _Answer]:
    """The same for a short call that waits for no other: it has a thread of its own."""

    @wraps(call)
    async def carried_out(self: AsyncEngine, /, *given: _Given.args, **named: _Given.kwargs) -> _Answer:
        return await in_own_thread(partial(call, self.engine, *given, **named))

    return carried_out


def _itself(reading: LogReading) -> LogReading:
    return reading


class AsyncEngine:
    """An `Engine` for asyncio: its calls with the same arguments and answers, to be awaited. Tasks may share it, and
    event loops, and processes that are forked after it was opened; use it in an `async with` block or await `close`.

    A call whose task is cancelled leaves nothing behind: if it had not begun, or waited for its turn to be written, it
    is not done; a transaction that is under way is finished, and no other is begun. Whether an event was stored then
    tells its `event_id`: sent again it is `accepted` or a `duplicate`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._threads = Threads()
        self._watch = LogWatch(lambda: engine._parts.log.positions(), lambda: engine._parts.wakeup())

    async def __aenter__(self) -> AsyncEngine:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop the background jobs, end the subscriptions, and close the database connections.

        From then on every other call raises `EngineClosed`, as do calls of other tasks that are under way.
        """
        await in_own_thread(self._close)

    def _close(self) -> None:
        self.engine.close()
        self._watch.close()
        self._threads.close()

    async def run_sync(
        self, work: Callable[Concatenate[Engine, _Given], _Answer], *given: _Given.args, **named: _Given.kwargs
    ) -> _Answer:
        """Call a function of the host's in one of the engine's threads; its first argument is the `Engine`.

        So several calls take one thread, and so a transaction of the host's is lent: see `within`.
        """
        return await self._threads.call(partial(work, self.engine, *given, **named))

    def within(self, connection: Any) -> NoReturn:
        """Not for connections of asyncio, whose drivers do not let a thread in: always raises `InvalidArgument`.

        Do the whole transaction in a thread instead, on a connection that is not asynchronous:
        `await engine.run_sync(work)`, where `work(engine)` opens one and uses `engine.within(connection)`.
        """
        given = f"{type(connection).__module__}.{type(connection).__qualname__}"
        raise InvalidArgument(
            f"an AsyncEngine takes no connection ({given}): write a function that does the whole transaction on one "
            "that is not asynchronous, with engine.within(connection), and await engine.run_sync(that function)"
        )

    def subscribe(
        self,
        actions: Iterable[str] | None = None,
        *,
        customer: CustomerName | None = None,
        after: str | None = None,
        follow: bool = True,
    ) -> AsyncSubscription:
        """Activity events as any process commits them: at least once, in order for each customer.

        Iterate with `async for`. Each event has a `cursor`: store it once the event is dealt with, and subscribe
        `after` it to go on there. Without `after` it begins when it is first awaited, with `after="start"` at the first
        event of the log. With `follow` off it ends where there are no more events yet. All subscriptions of an engine
        share two threads that read, and one that watches the log. Raises `InvalidArgument` for a cursor not of this
        store.
        """
        begin = partial(self.engine._reading, events_meant(actions, customer), after)
        if after is not None:  # nothing is read for it, and a cursor that is none is told at once
            begin = partial(_itself, begin())
        return AsyncSubscription(begin, self._threads, self._watch, follow=follow)

    # What customers did, and what is read from their streams

    track = in_thread(Engine.track)
    track_many = in_thread(Engine.track_many)
    update = in_thread(Engine.update)
    update_many = in_thread(Engine.update_many)
    charge = in_thread(Engine.charge)
    charge_many = in_thread(Engine.charge_many)
    take_in = in_thread(Engine.take_in)
    import_lines = in_thread(Engine.import_lines)
    profile = in_thread(Engine.profile)
    timeline = in_thread(Engine.timeline)

    # The catalogue and the session timeout

    define = in_thread(Engine.define)
    undefine = in_thread(Engine.undefine)
    definitions = in_thread(Engine.definitions)
    set_session_timeout = in_thread(Engine.set_session_timeout)
    session_timeouts = in_thread(Engine.session_timeouts)

    # Whom doors let in

    create_key = in_thread(Engine.create_key)
    create_server_key = in_thread(Engine.create_server_key)
    rotate_key = in_thread(Engine.rotate_key)
    revoke_key = in_thread(Engine.revoke_key)
    use_key = in_thread(Engine.use_key)
    keys = in_thread(Engine.keys)
    trust = in_thread(Engine.trust)
    distrust = in_thread(Engine.distrust)
    issuers = in_thread(Engine.issuers)
    trusted = in_thread(Engine.trusted)

    # The views

    page_visits = in_thread(Engine.page_visits)
    pages = in_thread(Engine.pages)
    sessions = in_thread(Engine.sessions)
    session = in_thread(Engine.session)
    session_summary = in_thread(Engine.session_summary)
    what_if = in_thread(Engine.what_if)
    profiles = in_thread(Engine.profiles)
    stats = in_thread(Engine.stats)
    rows = in_thread(Engine.rows)

    # Operation

    start = aside(Engine.start)
    stop = aside(Engine.stop)
    sweep = in_thread(Engine.sweep)
    catch_up = in_thread(Engine.catch_up)
    rebuild = in_thread(Engine.rebuild)
    verify = in_thread(Engine.verify)
    status = in_thread(Engine.status)
    metrics = aside(Engine.metrics)
    ready = aside(Engine.ready)
    rejected = in_thread(Engine.rejected)
    forget_rejections = in_thread(Engine.forget_rejections)
    redrive = in_thread(Engine.redrive)
    redrive_parked = in_thread(Engine.redrive_parked)

    # Several processes

    check_workers = in_thread(Engine.check_workers)
    paying_workers = in_thread(Engine.paying_workers)
    one_writer = in_thread(Engine.one_writer)
    partition_of = in_thread(Engine.partition_of)
