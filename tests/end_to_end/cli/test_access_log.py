"""Three days of a public web site's real traffic, imported by the program."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from tests.contracts.servers import fresh_database
from tests.contracts.support import columns_of, execute
from tests.end_to_end.cli.program import Outcome, run

FILE = Path(__file__).parents[3].parent / "shared" / "data" / "apache_access.log"
# Not the handles of sessions: they tell what was announced, and that depends on the order.
VIEWS = ("page_visits", "sessions", "profiles")
EXPECTED = {"events": 4110, "customers": 1276, "page_visits": 4110, "sessions": 2318, "rejected": 0}
TIMEOUT = 1_800_000_000


class Imported(NamedTuple):
    """A store that the log was imported into, and how that went."""

    url: str
    outcome: Outcome


def ingest(url: str, file: Path = FILE) -> Outcome:
    return run("ingest", str(file), "--format", "combined", "--database", url, "--json")


def rows(url: str, view: str) -> list[tuple[Any, ...]]:
    """The rows of a view without the moment they were received, in an order of their own."""
    columns = ", ".join(sorted(set(columns_of(url)[view]) - {"received_at"}))
    return sorted((tuple(map(_plain, row)) for row in execute(url, f"SELECT {columns} FROM {view}")), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    return UUID(bytes=value) if isinstance(value, bytes) else value


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def imported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """The log in a store of its own, once on each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('access') / 'store.db'}"
        yield Imported(url, ingest(url))
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as url:
        yield Imported(url, ingest(url))


def test_the_import_accounts_for_every_line(imported: Imported) -> None:
    report = imported.outcome.document
    assert {name: report[name] for name in ("read", "accepted", "duplicate", "rejected", "unparsed")} == {
        "read": 10_000,
        "accepted": 4110,
        "duplicate": 0,
        "rejected": 0,
        "unparsed": 1,
    }
    assert imported.outcome.status == 1
    assert "8899" in imported.outcome.err


def test_the_views_hold_what_is_known_of_the_log(imported: Imported) -> None:
    assert run("stats", "--database", imported.url, "--json").document == EXPECTED


def test_a_second_import_adds_nothing(imported: Imported) -> None:
    before = execute(imported.url, "SELECT count(*), max(position) FROM log"), [rows(imported.url, v) for v in VIEWS]
    report = ingest(imported.url).document
    assert (report["accepted"], report["duplicate"], report["rejected"]) == (0, 4110, 0)
    after = execute(imported.url, "SELECT count(*), max(position) FROM log"), [rows(imported.url, v) for v in VIEWS]
    assert after == before
    assert run("stats", "--database", imported.url, "--json").document == EXPECTED


def test_the_views_are_what_the_log_gives(imported: Imported) -> None:
    outcome = run("verify", "--database", imported.url)
    assert outcome.status == 0, outcome.out


def test_sessions_are_those_that_a_batch_computation_over_the_visits_gives(imported: Imported) -> None:
    visits = sorted(execute(imported.url, "SELECT uuid, time FROM page_visits"))
    expected = []
    for who, group in groupby(visits, key=lambda row: row[0]):
        times = [time for _, time in group]
        breaks = [after for before, after in pairwise(times) if after - before > TIMEOUT]
        starts = [times[0], *breaks]
        ends = [*(max(time for time in times if time < start) for start in breaks), times[-1]]
        expected += [(who, start, end) for start, end in zip(starts, ends, strict=True)]
    assert sorted(execute(imported.url, "SELECT uuid, started_at, last_activity_at FROM sessions")) == expected


def test_every_session_has_ended_in_2015(imported: Imported) -> None:
    sessions = run("sessions", "--database", imported.url, "--json").document
    ends = [json.loads(line) for line in tail(imported.url, "session.end")]
    assert {session["state"] for session in sessions} == {"ended"}
    assert {end["time"][:8] for end in ends} == {"2015-05-"}
    told = {(end["params"]["sessionId"], end["params"]["lastActivityAt"]): end["time"] for end in ends}
    assert len(told) == len(ends)
    assert {(one["session_id"], one["last_activity_at"]): one["deadline"] for one in sessions} == told
    assert run("sessions", "--database", imported.url, "--open", "--json").document == []


def tail(url: str, action: str) -> list[str]:
    """What is printed of the events of an action, from the first one on."""
    options = ("--action", action, "--after", "start", "--no-follow", "--json")
    return run("tail", "--database", url, *options).out.splitlines()


def test_the_lines_in_another_order_give_the_same_rows(imported: Imported, database_url: str, tmp_path: Path) -> None:
    # On each kind of database against each: so both are known to hold the same rows as well.
    lines = FILE.read_bytes().splitlines(keepends=True)
    random.Random(2015).shuffle(lines)
    shuffled = tmp_path / "shuffled.log"
    shuffled.write_bytes(b"".join(lines))
    assert ingest(database_url, shuffled).document == imported.outcome.document
    for view in VIEWS:
        assert rows(database_url, view) == rows(imported.url, view)
