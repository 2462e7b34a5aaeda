"""What an engine and the door count, in the text form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...domain.moments import SECOND, from_datetime
from ...engine.public import Durations, Metrics, StoreMetrics
from .tally import Tally

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, object]


class Family(NamedTuple):
    """A metric: its name without `footfall_`, its kind, what it tells, and its values by labels. A histogram's values
    have names of their own behind its name."""

    name: str
    kind: str
    help: str
    values: Iterable[tuple[Labels, float]]
    histogram: Durations | None = None


def exposed(metrics: Metrics, tally: Tally, waiting: int, listeners: int) -> bytes:
    """All of it as one document: `waiting` things are not answered yet, and so many `listeners` are there."""
    families = [*_of_engine(metrics), *_of_store(metrics.store), *_of_door(tally)]
    families.append(_one("http_waiting", "gauge", "Things handed in that are not answered yet", waiting))
    families.append(_one("live_listeners", "gauge", "Listeners of live events", listeners))
    return "".join(line for family in families for line in _lines(family)).encode()


def _of_engine(metrics: Metrics) -> Iterator[Family]:
    taken: list[tuple[Labels, float]] = [
        ({"status": "accepted"}, metrics.accepted),
        ({"status": "duplicate"}, metrics.duplicate),
    ]
    refused = [({"status": "rejected", "reason": reason}, count) for reason, count in metrics.rejected.items()]
    pool = metrics.pool
    connections: list[tuple[Labels, float]] = [({"state": "in_use"}, pool.in_use), ({"state": "waiting"}, pool.waiting)]
    since = from_datetime(metrics.since) / SECOND
    yield _one("counted_since_seconds", "gauge", "When this process began to count, in Unix time", since)
    yield Family("events_total", "counter", "What this process took in, by what became of it", [*taken, *refused])
    yield Family("commit_seconds", "histogram", "How long commits took", [], metrics.commit_seconds)
    yield _one("commits_failed_total", "counter", "Commits that failed", metrics.commits_failed)
    yield _one("commit_retries_total", "counter", "Further attempts of commits", metrics.retries)
    yield _one("events_folded_total", "counter", "Rows of the log folded into views", metrics.events_folded)
    yield _one("sweeps_total", "counter", "Sweeps of a partition in which somebody was due", metrics.sweeps)
    yield _one("sessions_ended_total", "counter", "Sessions that timed out", metrics.sessions_ended)
    yield Family("connections", "gauge", "Connections to the database, and threads that wait for one", connections)
    yield _one("connections_most", "gauge", "Connections that there may be", pool.size)


def _of_store(store: StoreMetrics | None) -> Iterator[Family]:
    yield _one("store_up", "gauge", "Whether the store answers", store is not None)
    if store is not None:
        lag = [({"view": view}, rows) for view, rows in store.lag.items()]
        yield Family("view_lag_rows", "gauge", "Rows of the log that a view has not seen", lag)
        yield _one("sessions_due", "gauge", "Customers whose sessions are to be looked at by now", store.sessions_due)
        yield _one("sessions_due_seconds", "gauge", "How long the first has been waiting", store.sessions_due_seconds)
        yield _one("customers_parked", "gauge", "Customers that a view goes on without", store.parked)
        yield _one("rejections_kept", "gauge", "Refused events that are kept", store.rejections_kept)


def _of_door(tally: Tally) -> Iterator[Family]:
    answers = [
        ({"method": method, "route": route, "status": status}, count)
        for (method, route, status), count in tally.answers.copy().items()
    ]
    refusals = [({"code": code}, count) for code, count in tally.refusals.copy().items()]
    dropped = [({"reason": reason}, count) for reason, count in tally.dropped.copy().items()]
    yield Family("http_answers_total", "counter", "Requests that were answered", answers)
    yield Family("http_refusals_total", "counter", "Requests that were refused, by why", refusals)
    yield Family("http_events_dropped_total", "counter", "Events that nobody looked at, by why", dropped)


def _one(name: str, kind: str, help_text: str, value: float) -> Family:
    return Family(name, kind, help_text, [({}, value)])


def _lines(family: Family) -> Iterator[str]:
    name = f"footfall_{family.name}"
    yield f"# HELP {name} {family.help}\n# TYPE {name} {family.kind}\n"
    for labels, value in family.values:
        yield f"{name}{_written(labels)} {value:.17g}\n"
    if family.histogram is not None:
        bounds = [*family.histogram.buckets.items(), ("+Inf", family.histogram.count)]
        for bound, count in bounds:
            yield f"{name}_bucket{_written({'le': bound})} {count}\n"
        yield f"{name}_sum {family.histogram.sum:.17g}\n{name}_count {family.histogram.count}\n"


def _written(labels: Labels) -> str:
    told = ",".join(f'{name}="{_escaped(str(value))}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
