"""Imports: events from a stream of lines, with an account of every line that was not taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from itertools import islice
from typing import Any, NamedTuple

from ...domain.errors import shortened
from ...domain.results import Result, Status
from ...domain.sender import SERVER, Sender
from ..ports.vocabulary import SubmissionKind
from ..running.progress import Progress, silent
from .ingest import BATCH, Ingest


class Line(NamedTuple):
    """A line that was read: an `event`, a `problem` where it does not parse, or neither where it is none of ours."""

    number: int
    event: Any = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was not taken, and why."""

    line: int
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the lines; `read` counts all, `skipped` those that hold no event of ours."""

    read: int
    accepted: int
    duplicate: int
    rejected: int
    unparsed: int
    skipped: int

    @classmethod
    def total(cls, reports: Iterable[ImportReport]) -> ImportReport:
        """The sum of what became of several shares of an import."""
        counts = [astuple(report) for report in reports]
        return cls(*map(sum, zip(*counts, strict=True))) if counts else cls(0, 0, 0, 0, 0, 0)


def import_lines(
    ingest: Ingest,
    lines: Iterable[Line],
    tell: Callable[[Problem], None],
    progress: Progress = silent,
    sender: Sender = SERVER,
    at_once: int = BATCH,
) -> ImportReport:
    """Take the events of all lines in, of so many lines at most at once; `tell` hears of each line that was not taken,
    in their order."""
    tally: Counter[str] = Counter()
    remaining = iter(lines)
    while batch := list(islice(remaining, min(at_once, ingest.at_once))):
        tally["read"] += len(batch)
        taken = [line for line in batch if line.event is not None]
        results = ingest.submit_many(SubmissionKind.EVENT, [line.event for line in taken], sender)
        tally.update(result.status for result in results)
        answers = iter(results)
        for line in batch:
            problem = _problem(line, next(answers) if line.event is not None else None)
            if problem is not None:
                tally["unparsed"] += line.problem is not None
                tell(problem)
        progress(len(batch))
    skipped = tally["read"] - sum(tally[status] for status in Status) - tally["unparsed"]
    return ImportReport(
        tally["read"],
        tally[Status.ACCEPTED],
        tally[Status.DUPLICATE],
        tally[Status.REJECTED],
        tally["unparsed"],
        skipped,
    )


def _problem(line: Line, result: Result | None) -> Problem | None:
    if line.problem is not None:
        return Problem(line.number, "unparsed", shortened(line.problem))
    if result is not None and result.status is Status.REJECTED:
        return Problem(line.number, result.status, f"{result.reason}: {result.detail}")
    return None
