"""The HTTP door: events over real sockets beside the engine in one process, and beside what is often written first;
processor, memory, and listeners that have nothing to hear."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from time import process_time, sleep
from typing import NamedTuple

import msgspec

import footfall

from ..door import known_token, requests, serving
from ..door.load import Sent
from ..harness.measure import Broken, Row, Scope, at_least, at_most, check, percentiles, rate, seconds, times
from ..harness.stores import Store
from ..input.visits import Event, page_visits

LISTENERS = 500
_SETTLING_SECONDS = 3
_WATCHED_SECONDS = 20


class Form(NamedTuple):
    """How events are sent: so many at a time, over so many connections; and what is aimed at: the door beside the
    engine, beside the naive handler by database, and µs of processor an event beyond the engine's."""

    what: str
    size: int
    connections: int
    engine_target: float
    naive_targets: dict[str, float]
    processor_target: float


SINGLE = Form("single events, 64 connections", 1, 64, 0.75, {"SQLite": 2.5, "PostgreSQL": 2.5}, 110)
BATCHES = Form("batches of 100, 16 connections", 100, 16, 0.95, {"SQLite": 3, "PostgreSQL": 5}, 6)
TOKEN_TARGET = 4
RESIDENT_TARGET = 85
LISTENER_TARGET = 17
IDLE_TARGET = 1.0


class Measured(NamedTuple):
    """Events a second, µs of processor an event, and the latencies of requests."""

    rate: float
    processor: float
    latencies: list[float]


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure all in turn, so many times."""
    singles = list(page_visits(scope.size(20_000, 6_400)))
    many = list(page_visits(scope.size(60_000, 16_000)))
    compared = [*_compared(store, scope, SINGLE, singles), *_compared(store, scope, BATCHES, many)]
    return [*compared, _known_token(store), *_idle(store, scope)]


def _compared(store: Store, scope: Scope, form: Form, events: Sequence[Event]) -> list[Row]:
    shares = requests.shares_of(events, form.connections)
    engine: list[Measured] = []
    door: list[Measured] = []
    naive: list[Measured] = []
    for _ in range(scope.repeat):
        engine.append(_engine(store, form, shares))
        door.append(_served(store, form, shares, serving.door, checked=True))
        naive.append(_served(store, form, shares, serving.naive))
    beside_engine = median(mine.rate / other.rate for mine, other in zip(door, engine, strict=True))
    beside_naive = median(mine.rate / other.rate for mine, other in zip(door, naive, strict=True))
    beyond = median(mine.processor - other.processor for mine, other in zip(door, engine, strict=True))
    return [
        _row(f"engine in-process, {form.what.replace('connections', 'threads')}", engine),
        _row(f"naive handler, {form.what}", naive),
        _row(f"door, {form.what}", door)._replace(
            ratio=times(beside_engine, "engine"), target=at_least(beside_engine, form.engine_target)
        ),
        Row("", "", times(beside_naive, "naive"), at_least(beside_naive, form.naive_targets[store.name])),
        Row(
            "", f"{beyond:.0f} µs of processor an event beyond the engine's", "", at_most(beyond, form.processor_target)
        ),
        Row("", percentiles([latency for one in door for latency in one.latencies])),
    ]


def _row(what: str, measured: Sequence[Measured]) -> Row:
    used = median(one.processor for one in measured)
    return Row(what, f"{rate(median(one.rate for one in measured))}, {used:.0f} µs of processor")


def _engine(store: Store, form: Form, shares: Sequence[Sequence[Event]]) -> Measured:
    def send(engine: footfall.Engine, share: Sequence[Event]) -> None:
        for batch in requests.batches_of(share, form.size):
            _taken(engine, batch)

    number = sum(map(len, shares))
    with store.fresh() as url, footfall.open(url) as engine, ThreadPoolExecutor(form.connections) as threads:
        before = process_time()
        taken = seconds(lambda: list(threads.map(lambda share: send(engine, share), shares)))
        used = process_time() - before
    return Measured(number / taken, used / number * 1e6, [])


def _taken(engine: footfall.Engine, batch: Sequence[Event]) -> None:
    if len(batch) > 1:
        results = engine.track_many(batch)
    else:
        (one,) = batch
        results = [engine.track(one["uuid"], one["action"], one["params"], time=one["time"], event_id=one["event_id"])]
    if any(result.status is not footfall.Status.ACCEPTED for result in results):
        raise Broken("an event was not accepted")


def _served(
    store: Store,
    form: Form,
    shares: Sequence[Sequence[Event]],
    serve: Callable[[str], AbstractContextManager[serving.Server]],
    *,
    checked: bool = False,
) -> Measured:
    number = sum(map(len, shares))
    with store.fresh() as url, tempfile.TemporaryDirectory(prefix="footfall-bench-") as folder:
        file = Path(folder) / "requests"
        requests.keep(file, shares, form.size, _key(url) if checked else "none")
        with serve(url) as server:
            before = server.processor
            sent = _sent(server.port, file)
            used = server.processor - before
        if checked:
            with footfall.open(url) as engine:
                engine.catch_up()
                check(engine)
    return Measured(number / sent.seconds, used / number * 1e6, sent.latencies)


def _key(url: str) -> str:
    with footfall.open(url) as engine:
        return engine.create_server_key("benchmark").key


def _sent(port: int, file: Path) -> Sent:
    command = [sys.executable, "-m", "benchmarks.door.load", str(port), str(file)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise Broken(done.stderr.decode()[-1_000:])
    return msgspec.json.decode(file.with_suffix(".sent").read_bytes(), type=Sent)


def _known_token(store: Store) -> Row:
    with store.fresh() as url:
        beyond = known_token.beyond(url)
    what = "a token that was seen before, by requests without events"
    return Row(what, f"{beyond:.1f} µs of processor beyond those without", "", at_most(beyond, TOKEN_TARGET))


def _idle(store: Store, scope: Scope) -> list[Row]:
    resident: list[float] = []
    each: list[float] = []
    used: list[float] = []
    for _ in range(scope.repeat):
        with store.fresh() as url:
            key = _key(url)
            with serving.door(url) as server:
                sleep(_SETTLING_SECONDS)
                resident.append(server.resident / 2**20)
                memory, processor = _listened_to(server, key)
                each.append(memory)
                used.append(processor)
    return [
        Row(
            "footfall serve, idle",
            f"{median(resident):.0f} MiB resident",
            "",
            at_most(median(resident), RESIDENT_TARGET),
        ),
        Row(
            f"{LISTENERS} idle live listeners, each",
            f"{median(each):.1f} KiB",
            "",
            at_most(median(each), LISTENER_TARGET),
        ),
        Row("", f"{median(used):.2f} % of a core", "", f"% {at_most(median(used), IDLE_TARGET)}"),
    ]


def _listened_to(server: serving.Server, key: str) -> tuple[float, float]:
    before = server.resident
    command = [sys.executable, "-m", "benchmarks.door.listeners", str(server.port), str(LISTENERS), key]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as listeners:  # noqa: S603
        if listeners.stdout is None or listeners.stdin is None or listeners.stdout.readline() != b"ready\n":
            raise Broken("the listeners were not let in")
        sleep(_SETTLING_SECONDS)
        memory, processor = (server.resident - before) / LISTENERS / 1024, server.processor
        sleep(_WATCHED_SECONDS)
        processor = 100 * (server.processor - processor) / _WATCHED_SECONDS
        listeners.stdin.close()
    return memory, processor
