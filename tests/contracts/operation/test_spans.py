"""Spans of a host's OpenTelemetry tracer: what takes time, in the span of whoever asked for it."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, Tracer

import footfall
from footfall.application.ingest.group_commit import _Line
from footfall.application.ports.errors import StoreBusy
from tests.contracts.support import ALICE, BOB, OpenEngine, visit

KINDS = {"sqlite": "sqlite", "postgres": "postgresql", "memory": "memory"}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> Tracer:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider.get_tracer("host")


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    """Which kind of store the engine is on."""
    name: str = request.param
    return name


@pytest.fixture
def traced(
    kind: str, engine_at: OpenEngine, request: pytest.FixtureRequest, tracer: Tracer, exporter: InMemorySpanExporter
) -> footfall.Engine:
    engine = engine_at(request.getfixturevalue(f"{kind}_url"), tracer=tracer)
    exporter.clear()
    return engine


def named(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.name == name]


def lies_in(span: ReadableSpan, outer: ReadableSpan) -> bool:
    return span.parent is not None and span.parent == outer.get_span_context()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_taking_in_and_its_commit_lie_in_the_span_of_the_host(
    traced: footfall.Engine, kind: str, tracer: Tracer, exporter: InMemorySpanExporter
) -> None:
    with tracer.start_as_current_span("request"):
        traced.track_many([visit(ALICE, 0), visit(ALICE, 0), {"uuid": ALICE, "action": "shop.unknown"}])
    (request,), (take,), (commit,) = (named(exporter, name) for name in ("request", "footfall.take", "footfall.commit"))
    assert lies_in(take, request)
    assert lies_in(commit, take)
    assert not take.links
    counts = {"footfall.accepted": 1, "footfall.duplicate": 1, "footfall.rejected": 1}
    assert attributes(take) == {"db.system.name": KINDS[kind], **counts}
    assert attributes(commit) == {"db.system.name": KINDS[kind], "footfall.events": 3, "footfall.calls": 1}


def test_reads_folds_sweeps_and_rebuilds_have_spans(traced: footfall.Engine, exporter: InMemorySpanExporter) -> None:
    traced.track_many([visit(ALICE, 0), visit(BOB, 0)])
    traced.page_visits(ALICE, fresh=True)
    traced.profile(ALICE)
    traced.sweep()
    traced.rebuild("profiles")
    (read,), (stream,), (rebuild,) = (
        named(exporter, name) for name in ("footfall.read", "footfall.read_stream", "footfall.rebuild")
    )
    assert attributes(read)["footfall.question"] == "PageVisitsOf"
    assert attributes(read)["footfall.rows"] == 1
    folds = named(exporter, "footfall.catch_up")
    assert sum(attributes(fold)["footfall.rows"] for fold in folds if lies_in(fold, read)) == 4
    assert attributes(rebuild)["footfall.views"] == "profiles"
    assert sum(attributes(sweep)["footfall.sessions_ended"] for sweep in named(exporter, "footfall.sweep")) == 2
    assert stream.status.status_code is StatusCode.UNSET


def test_no_span_tells_anything_of_a_customer(traced: footfall.Engine, exporter: InMemorySpanExporter) -> None:
    traced.track(ALICE, "page.visit", {"url": "https://shop.example/secret"})
    traced.update(ALICE, {"email": "secret@shop.example"})
    traced.profiles({"email": "secret@shop.example"}, fresh=True)
    traced.profile(ALICE)
    traced.sessions(ALICE, fresh=True)
    told = " ".join(span.to_json() for span in exporter.get_finished_spans())
    assert "footfall.read" in told
    assert "secret" not in told
    assert str(ALICE) not in told


def test_an_error_is_recorded(
    traced: footfall.Engine, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> Any:
        raise StoreBusy("it is held")

    monkeypatch.setattr(traced._ingest, "_attempt", busy)
    with pytest.raises(StoreBusy):
        traced.track_many([visit(ALICE, 0)])
    for name in ("footfall.take", "footfall.commit"):
        (span,) = named(exporter, name)
        assert span.status.status_code is StatusCode.ERROR
        assert [event.name for event in span.events] == ["exception"]


def test_who_shares_a_commit_of_another_thread_has_a_link_to_it(
    traced: footfall.Engine, tracer: Tracer, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released, attempt = Event(), Event(), traced._ingest._attempt
    joined, join = list[Any](), _Line.join

    def held(*arguments: Any) -> Any:
        begun.set()
        assert released.wait(60)
        return attempt(*arguments)

    def request(number: int) -> None:
        with tracer.start_as_current_span(f"request {number}"):
            traced.track_many([visit(ALICE, number)])

    def noted(self: Any, call: Any) -> None:
        join(self, call)
        joined.append(call)

    monkeypatch.setattr(_Line, "join", noted)
    monkeypatch.setattr(traced._ingest, "_attempt", held)
    with ThreadPoolExecutor(4) as threads:
        threads.submit(request, 0)
        assert begun.wait(60)
        for number in (1, 2, 3):
            threads.submit(request, number)
            while len(joined) < number:  # the first one leads by itself
                time.sleep(0.001)
        released.set()
    commits = named(exporter, "footfall.commit")
    requests = [next(iter(named(exporter, f"request {number}"))) for number in range(4)]
    takes = [next(take for take in named(exporter, "footfall.take") if lies_in(take, one)) for one in requests]
    first, shared = commits
    assert [attributes(commit)["footfall.calls"] for commit in commits] == [1, 3]
    assert lies_in(first, takes[0])
    assert [lies_in(shared, take) for take in takes] == [False, True, False, False]
    links = [[link.context for link in take.links] for take in takes]
    assert links == [[], [], [shared.get_span_context()], [shared.get_span_context()]]


def test_calls_for_asyncio_lie_in_the_span_of_their_task(
    traced: footfall.Engine, tracer: Tracer, exporter: InMemorySpanExporter
) -> None:
    async def request(engine: footfall.AsyncEngine, number: int) -> None:
        with tracer.start_as_current_span(f"request {number}"):
            await engine.track_many([visit(ALICE, number)])

    async def work() -> None:
        engine = footfall.AsyncEngine(traced)
        await asyncio.gather(*[request(engine, number) for number in range(20)])

    asyncio.run(work())
    takes = named(exporter, "footfall.take")
    for number in range(20):
        (one,) = named(exporter, f"request {number}")
        assert sum(lies_in(take, one) for take in takes) == 1


def test_what_is_recorded_in_a_transaction_of_the_hosts_has_spans(
    sqlite_url: str, engine_at: OpenEngine, tracer: Tracer, exporter: InMemorySpanExporter
) -> None:
    engine = engine_at(sqlite_url, tracer=tracer)
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    with engine.within(connection) as inside:
        inside.track_many([visit(ALICE, 0)])
    connection.commit()
    connection.close()
    (take,), (commit,) = named(exporter, "footfall.take"), named(exporter, "footfall.commit")
    assert lies_in(commit, take)


def test_the_package_imports_nothing_of_opentelemetry(tmp_path: Any) -> None:
    code = (
        "import sys, uuid, footfall\n"
        f"with footfall.open('sqlite:///{tmp_path}/store.db') as engine:\n"
        "    engine.track(uuid.uuid4(), 'page.visit', {'url': '/'})\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
