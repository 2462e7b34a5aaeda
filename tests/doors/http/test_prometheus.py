"""What Prometheus reads, as it reads it."""

from __future__ import annotations

import re
from typing import Any

import footfall
from footfall.doors.http.prometheus import exposed
from footfall.doors.http.tally import Tally
from tests.contracts.support import ALICE, visit
from tests.doors.http.client import Client

SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)')


def read(text: str) -> dict[str, float]:
    """The samples of a document, each of a family that was told of before it and of no other."""
    samples: dict[str, float] = {}
    families: dict[str, str] = {}
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# HELP "):
            family = line.split()[2]
            assert family not in families
            families[family] = ""
        elif line.startswith("# TYPE "):
            _, _, family, kind = line.split()
            families[family] = kind
        else:
            found = SAMPLE.fullmatch(line)
            assert found is not None, line
            name = re.sub(r"_(bucket|sum|count)$", "", found[1]) if families[family] == "histogram" else found[1]
            assert name == family
            assert line.rpartition(" ")[0] not in samples
            samples[line.rpartition(" ")[0]] = float(found[3])
    return samples


def test_a_reader_finds_what_was_taken_and_refused(backend: Client) -> None:
    backend.post("/v1/events", [_plain(number) for number in range(3)])
    backend.post("/v1/events", [_plain(0), {"uuid": str(ALICE), "action": "no.such"}])
    backend.get("/v1/nothing")
    answer = backend.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = read(answer.body.decode())
    assert samples['footfall_events_total{status="accepted"}'] == 3
    assert samples['footfall_events_total{status="duplicate"}'] == 1
    assert samples['footfall_events_total{status="rejected",reason="undefined_action"}'] == 1
    assert samples["footfall_commit_seconds_count"] == samples['footfall_commit_seconds_bucket{le="+Inf"}'] == 2
    assert samples['footfall_http_answers_total{method="POST",route="/v1/events",status="200"}'] == 2
    assert samples['footfall_http_refusals_total{code="not_found"}'] == 1
    assert samples["footfall_store_up"] == 1
    assert samples["footfall_rejections_kept"] == 1
    assert samples["footfall_http_waiting"] == 0


def test_buckets_never_fall(backend: Client) -> None:
    backend.post("/v1/events", _plain(0))
    samples = read(backend.get("/metrics").body.decode())
    counts = [value for name, value in samples.items() if name.startswith("footfall_commit_seconds_bucket")]
    assert counts == sorted(counts)
    assert len(counts) > 3


def test_a_label_cannot_break_out_of_its_line(in_memory: footfall.Engine) -> None:
    tally = Tally()
    tally.refusals['a"b\\c\nd 1'] += 1
    text = exposed(in_memory.metrics(), tally, 0, 0).decode()
    assert read(text)['footfall_http_refusals_total{code="a\\"b\\\\c\\nd 1"}'] == 1


def test_a_store_that_does_not_answer_is_told(in_memory: footfall.Engine) -> None:
    metrics: Any = in_memory.metrics()
    silent = footfall.Metrics(**{name: getattr(metrics, name) for name in metrics.__slots__} | {"store": None})
    samples = read(exposed(silent, Tally(), 2, 3).decode())
    assert samples["footfall_store_up"] == 0
    assert not any(name.startswith("footfall_view_lag") for name in samples)
    assert samples["footfall_http_waiting"] == 2
    assert samples["footfall_live_listeners"] == 3


def test_it_takes_a_key_that_may_read(anybody: Client, browser: Client) -> None:
    assert anybody.get("/metrics").status == 401
    assert browser.get("/metrics").status == 403


def _plain(number: int) -> dict[str, Any]:
    event = visit(ALICE, number)
    return {**event, "uuid": str(event["uuid"]), "event_id": str(event["event_id"])}
