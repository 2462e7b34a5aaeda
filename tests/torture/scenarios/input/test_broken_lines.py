"""An import file with broken lines: each is named with a reason, the rest is taken, and the exit status says so."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from footfall.application.ingest.import_lines import Line
from footfall.doors.wire import formats
from footfall.doors.wire.json_lines import read_json_lines

from ...command_line import Ended, footfall
from ...conftest import Torture
from ...made_up.writers import Taking, as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal, Sent
from ...watch.views import catch_up

BREAK: list[Callable[[str, random.Random], bytes]] = [
    lambda line, rng: line[: rng.randrange(1, len(line) - 1)].encode(),
    lambda line, rng: b"\xff\xfe" + line.encode(),
    lambda line, rng: line.encode().replace(b"http", b"\xc3\x28"),
    lambda line, rng: b"[" * 100_000,
    lambda line, rng: line.replace("page.visit", "no.such.action").encode(),
    lambda line, rng: line.replace("page.visit", "Page Visit!").encode(),
    lambda line, rng: line.replace('"uuid": "', '"uuid": "x').encode(),
    lambda line, rng: line.replace('"time": "', '"time": "x').encode(),
    lambda line, rng: line.replace('"url"', '"address"').encode(),
    lambda line, rng: line.replace("https", "\\u0000https").encode(),
    lambda line, rng: line.replace('{"url"', '{"x": NaN, "url"').encode(),
    lambda line, rng: line.replace('{"url"', '{"x": 1e999, "url"').encode(),
    lambda line, rng: line.replace('{"url"', '{"x": "\\ud800", "url"').encode(),
    lambda line, rng: line.replace('{"url"', '{"x": "' + "y" * 65_536 + '", "url"').encode(),
    lambda line, rng: b'"text"',
    lambda line, rng: b"17",
    lambda line, rng: b"null",
    lambda line, rng: b"{}",
]


def silently(patch: pytest.MonkeyPatch) -> None:
    """A line that does not parse is passed over."""
    patch.setattr(formats, "read_json_lines", lambda lines: (Line(n, e) for n, e, _ in read_json_lines(lines)))


def break_lines(torture: Torture, url: str, number: int, taken_away: Taking | None) -> None:
    """Import a file of so many lines, of which some are broken."""
    rng = torture.rng
    events = made_up(rng, number, 20)
    lines = [json.dumps(as_sent(event), default=str) for event in events]
    broken = {at: rng.choice(BREAK)(lines[at], rng) for at in rng.sample(range(number), number // 4)}
    journal = _expected(torture, [event for at, event in enumerate(events) if at not in broken])
    file = torture.folder / "events.jsonl"
    file.write_bytes(b"\n".join(broken.get(at, line.encode()) for at, line in enumerate(lines)))
    with pytest.MonkeyPatch.context() as patch:
        if taken_away is not None:
            taken_away(patch)
        ended = footfall("ingest", str(file), "--json", "--database", url)
    torture.tally.cycles += len(broken)
    must_tell(torture, ended, {at + 1 for at in broken}, number)
    catch_up(url, torture.tally)
    check(url, [*torture.folder.glob("*.journal")], torture.tally)
    journal.close()


def _expected(torture: Torture, events: list[Sent]) -> Journal:
    journal = Journal(torture.folder / f"{torture.tally.cycles}.journal")
    journal.about_to_send(journal.path.stem, events)
    journal.acknowledged(journal.path.stem)
    return journal


def must_tell(torture: Torture, ended: Ended, broken: set[int], number: int) -> None:
    """The exit status, the counts and what was said about each line."""
    if ended.broken or ended.status != 1:
        torture.tally.differs(f"exit status {ended.status}, {ended.broken}")
        return
    report: dict[str, Any] = ended.document
    told = [line.removeprefix("line ").split(":")[0] for line in ended.err.splitlines()]
    if sorted(told) != sorted(map(str, broken)):
        torture.tally.differs(f"{len(told)} lines were named of {len(broken)} broken ones")
    refused = report["rejected"] + report["unparsed"]
    if report["read"] != number or refused != len(broken) or report["accepted"] != number - len(broken):
        torture.tally.differs(f"{len(broken)} of {number} lines were broken, and it says {report}")


def test_each_is_named_and_the_rest_is_taken(torture: Torture, database_url: str) -> None:
    number = torture.scaled(20_000, short=600)
    torture.endure(lambda without: break_lines(torture, database_url, number, without), silently)


def test_control_broken_lines_passed_over(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: break_lines(torture, database_url, 50, without), silently)
