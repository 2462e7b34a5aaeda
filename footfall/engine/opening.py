"""Opening a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from ..application.ports.vocabulary import Clock, NewId
from ..application.running.interruptions import held_back
from ..application.running.tracing import Tracer
from ..domain.durations import Duration
from ..projections.read_model import ReadModel
from .arguments import OnRejection, on_rejection_of

if TYPE_CHECKING:
    from .engine import Engine


def open(  # noqa: A001  # it is read as footfall.open
    database: str | None = None,
    *,
    session_timeout: Duration | None = None,
    partitions: int | None = None,
    lock_timeout: Duration | None = None,
    statement_timeout: Duration | None = None,
    rejections_kept: int | None = None,
    rejections_age: Duration | None = None,
    listen_url: str | None = None,
    schema: str | None = None,
    read_models: Sequence[ReadModel] = (),
    create: bool | None = None,
    migrate: bool | None = None,
    on_rejection: OnRejection = "return",
    tracer: Tracer | None = None,
    clock: Clock | None = None,
    new_id: NewId = uuid4,
) -> Engine:
    """Open a store, creating it where there is none, and return its engine.

    `database` is `sqlite:///file.db` or `postgresql://user@host/name`; without it, `FOOTFALL_DATABASE`, else
    `sqlite:///footfall.db`. `session_timeout` and `partitions` count only when the store is created; the former is
    changed with `Engine.set_session_timeout`. `lock_timeout` is how long a call waits for what others hold (1.5 s on
    PostgreSQL, 10 s on SQLite), `statement_timeout` how long a statement may take on PostgreSQL (30 s); both end in
    `StoreBusy`. Of refused events the newest `rejections_kept` (100,000) of the last `rejections_age` (30 days) are
    kept. `listen_url` leads to the PostgreSQL server itself where `database` leads to a pooler, which passes on
    no notifications; without it, followers look for news once a second. `schema` is the PostgreSQL schema that holds
    the store. `read_models` are views of the host's own, kept beside Footfall's. With `create=False` no store is
    made where there is none, with `migrate=False` nothing is created or upgraded: `MigrationNeeded` tells what is
    missing. With `on_rejection="raise"` a call that hands in what
    a rule refuses raises `Rejected`, once all else that it was given is taken. A `tracer` of OpenTelemetry's gets a
    span of whatever takes time. `clock` (µs since the epoch, an `int`; the system's unless given) and `new_id` may be
    injected. Raises `FootfallError` when the store cannot be used: `StoreRefused` where trying again changes nothing,
    `StoreUnavailable` where it may.
    """
    # Drivers are loaded here and not before: importing the package must cost a host nothing.
    with held_back():
        from ..infrastructure.settings import read_settings
        from ..infrastructure.wiring import assemble
        from .engine import Engine, system_clock

    wanted = on_rejection_of(on_rejection)
    settings = read_settings(
        database=database,
        session_timeout=session_timeout,
        partitions=partitions,
        lock_timeout=lock_timeout,
        statement_timeout=statement_timeout,
        rejections_kept=rejections_kept,
        rejections_age=rejections_age,
        listen_url=listen_url,
        in_schema=schema,
        create=create,
        migrate=migrate,
    )
    return Engine(assemble(settings, clock or system_clock, new_id, read_models, tracer), wanted)
