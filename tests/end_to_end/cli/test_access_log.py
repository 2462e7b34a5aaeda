"""Four days of traffic of a public web site, imported by the program; the traffic is made up."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from tests.contracts.servers import fresh_database
from tests.contracts.support import columns_of, execute
from tests.end_to_end.cli.program import Outcome, run
from tests.end_to_end.traffic.made_up import made_up_lines
from tests.end_to_end.traffic.reckoning import Session, reckon

LINES = made_up_lines()
RECKONED = reckon(LINES)
# Not the handles of sessions: they tell what was announced, and that depends on the order.
VIEWS = ("page_visits", "sessions", "profiles")
TIMEOUT = 1_800_000_000


class Imported(NamedTuple):
    """A store that the log was imported into, and how that went."""

    url: str
    outcome: Outcome


def ingest(url: str, file: Path) -> Outcome:
    return run("ingest", str(file), "--format", "combined", "--database", url, "--json")


def rows(url: str, view: str) -> list[tuple[Any, ...]]:
    """The rows of a view without the moment they were received, in an order of their own."""
    columns = ", ".join(sorted(set(columns_of(url)[view]) - {"received_at"}))
    return sorted((tuple(map(_plain, row)) for row in execute(url, f"SELECT {columns} FROM footfall.{view}")), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    return UUID(bytes=value) if isinstance(value, bytes) else value


def written(path: Path, lines: list[str]) -> Path:
    """A file of these lines."""
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log."""
    return written(tmp_path_factory.mktemp("log") / "access.log", LINES)


@contextmanager
def store(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of a database that is there until the last test of this file has run."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'store.db'}"
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, file: Path
) -> Iterator[Imported]:
    """The log in a store of its own, once on each kind of database."""
    with store(request.param, request, tmp_path_factory.mktemp("access")) as url:
        yield Imported(url, ingest(url, file))


def test_the_import_accounts_for_every_line(imported: Imported) -> None:
    taken = len(RECKONED.visits)
    assert imported.outcome.document == {
        "read": 10_000,
        "accepted": taken,
        "duplicate": 0,
        "rejected": 0,
        "unparsed": 1,
        "skipped": 10_000 - 1 - taken,
    }
    assert imported.outcome.status == 1
    (unparsed,) = RECKONED.unparsed
    assert str(unparsed) in imported.outcome.err


def test_the_views_hold_what_is_known_of_the_log(imported: Imported) -> None:
    assert run("stats", "--database", imported.url, "--json").document == RECKONED.stats


def test_a_second_import_adds_nothing(imported: Imported, file: Path) -> None:
    before = (
        execute(imported.url, "SELECT count(*), max(position) FROM footfall.log"),
        [rows(imported.url, v) for v in VIEWS],
    )
    report = ingest(imported.url, file).document
    assert (report["accepted"], report["duplicate"], report["rejected"]) == (0, len(RECKONED.visits), 0)
    after = (
        execute(imported.url, "SELECT count(*), max(position) FROM footfall.log"),
        [rows(imported.url, v) for v in VIEWS],
    )
    assert after == before
    assert run("stats", "--database", imported.url, "--json").document == RECKONED.stats


def test_the_views_are_what_the_log_gives(imported: Imported) -> None:
    outcome = run("verify", "--database", imported.url)
    assert outcome.status == 0, outcome.out


def test_sessions_are_those_that_a_batch_computation_over_the_visits_gives(imported: Imported) -> None:
    visits = sorted(execute(imported.url, "SELECT uuid, time FROM footfall.page_visits"))
    expected = []
    for who, group in groupby(visits, key=lambda row: row[0]):
        times = [time for _, time in group]
        breaks = [after for before, after in pairwise(times) if after - before > TIMEOUT]
        starts = [times[0], *breaks]
        ends = [*(max(time for time in times if time < start) for start in breaks), times[-1]]
        expected += [(who, start, end) for start, end in zip(starts, ends, strict=True)]
    assert sorted(execute(imported.url, "SELECT uuid, started_at, last_activity_at FROM footfall.sessions")) == expected


def test_every_visitor_has_the_sessions_that_the_lines_give(imported: Imported) -> None:
    held: dict[Any, list[Session]] = {}
    for who, *session in execute(
        imported.url, "SELECT uuid, started_at, last_activity_at, activities FROM footfall.sessions"
    ):
        held.setdefault(who, []).append(Session(*session))
    assert sorted(map(sorted, held.values())) == sorted(RECKONED.sessions.values())


def test_the_pages_visited_most_are_those_of_the_lines(imported: Imported) -> None:
    shown = run("pages", "--database", imported.url, "--limit", "1000", "--json").document
    assert {page["url"]: page["visits"] for page in shown} == RECKONED.pages
    assert [page["visits"] for page in shown] == sorted(RECKONED.pages.values(), reverse=True)


def test_every_session_has_ended_in_the_month_of_the_traffic(imported: Imported) -> None:
    sessions = run("sessions", "--database", imported.url, "--limit", "100000", "--json").document
    ends = [json.loads(line) for line in tail(imported.url, "session.end")]
    assert {session["state"] for session in sessions} == {"ended"}
    assert {end["time"][:8] for end in ends} == {"2024-05-"}
    told = {(end["params"]["sessionId"], end["params"]["lastActivityAt"]): end["time"] for end in ends}
    assert len(told) == len(ends)
    assert {(one["session_id"], one["last_activity_at"]): one["deadline"] for one in sessions} == told
    assert run("sessions", "--database", imported.url, "--open", "--json").document == []


def tail(url: str, action: str) -> list[str]:
    """What is printed of the events of an action, from the first one on."""
    options = ("--action", action, "--after", "start", "--no-follow", "--json")
    return run("tail", "--database", url, *options).out.splitlines()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def imported_shuffled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """The same lines in another order, in a store of its own, once on each kind of database."""
    folder = tmp_path_factory.mktemp("shuffled")
    shuffled = written(folder / "shuffled.log", random.Random(2015).sample(LINES, len(LINES)))
    with store(request.param, request, folder) as url:
        yield Imported(url, ingest(url, shuffled))


def test_the_lines_in_another_order_give_the_same_rows(imported: Imported, imported_shuffled: Imported) -> None:
    # On each kind of database against each: so both are known to hold the same rows as well.
    assert imported_shuffled.outcome.document == imported.outcome.document
    for view in VIEWS:
        assert rows(imported_shuffled.url, view) == rows(imported.url, view)
