"""Files of any bytes, as JSON lines and as an access log: each line is taken, passed over or named, and whatever is
taken is shown by both databases alike."""

from __future__ import annotations

import json
from typing import Any

import hypothesis.strategies as st
import pytest

from ...both import Both, both
from ...command_line import footfall
from ...conftest import Torture
from ...faults.unprotected import no_gate
from ...made_up.examples import CUSTOMERS, TEXTS, TIMES, VALUES, examples, mostly
from ...made_up.writers import Taking

EVENTS = st.fixed_dictionaries(
    {
        "uuid": CUSTOMERS,
        "action": mostly(st.just("page.visit"), TEXTS),
        "params": mostly(st.fixed_dictionaries({"url": TEXTS}, optional={"x": VALUES}), VALUES),
    },
    optional={"time": mostly(st.integers(0, 10**12), TIMES), "event_id": CUSTOMERS},
)
JSON_LINES = st.builds(lambda event, ascii_only: _json(event, ascii_only), mostly(EVENTS, VALUES), st.booleans())
PARTS = TEXTS.map(lambda text: text.replace("\n", " "))
LOG_LINES = st.builds(
    '{} - {} [{}] "{} {} HTTP/1.1" {} 17 "{}" "{}"'.format,
    mostly(st.sampled_from(["10.0.0.1", "::1"]), PARTS),
    PARTS,
    mostly(st.sampled_from(["17/May/2015:10:05:03 +0000", "01/Jan/0001:00:00:00 +1400"]), PARTS),
    mostly(st.just("GET"), PARTS),
    mostly(st.sampled_from(["/", "/a?b=c"]), PARTS),
    mostly(st.just("200"), PARTS),
    PARTS,
    PARTS,
).map(lambda line: line.encode("utf-8", "surrogatepass"))


def _json(event: Any, ascii_only: bool) -> bytes:
    try:
        return json.dumps(event, default=str, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    except ValueError:  # more digits than Python writes
        return b"1" * 5_000


@st.composite
def files(draw: st.DrawFn, lines: st.SearchStrategy[bytes]) -> bytes:
    """Some lines, some of them with a byte too much, too few, or another."""
    damaged = []
    for line in draw(st.lists(lines, min_size=1, max_size=30)):
        at = draw(st.integers(0, len(line)))
        other = draw(mostly(st.none(), st.sampled_from([b"", b"\x00", b"\xff", b'"', b"\\", b"\n", b"{", b"\r"])))
        damaged.append(line if other is None else line[:at] + other + line[at + 1 :])
    return b"\n".join(damaged)


LINES = {"jsonl": JSON_LINES, "combined": LOG_LINES}
FORMATS = pytest.mark.parametrize("form", LINES)


def fuzz(torture: Torture, urls: tuple[str, str], form: str, number: int, without: Taking | None) -> None:
    """Import files into both stores."""
    with pytest.MonkeyPatch.context() as patch, both(torture, *urls) as engines:
        if without is not None:
            without(patch)
        drawn = files(LINES[form])
        examples(torture, number, min(number, 15), drawn, lambda content: take_in(engines, torture, form, content))
        engines.check(alike=False)  # the program has a clock of its own, and makes ids up


def take_in(engines: Both, torture: Torture, form: str, content: bytes) -> None:
    """Import a file into each, and see that the counts are the same and add up."""
    file = torture.folder / "lines"
    file.write_bytes(content)
    torture.tally.cycles += 1
    reports = []
    for url in engines.engines:
        ended = footfall("ingest", str(file), "--format", form, "--json", "--database", url)
        if ended.broken or "Traceback" in ended.err or ended.status not in (0, 1):
            torture.tally.differs(f"{ended.broken}: {ended.err[-200:]}")
            return
        report = ended.document
        named = sum(line.startswith("line ") for line in ended.err.splitlines())
        if report["read"] != sum(report.values()) - report["read"] or named < report["rejected"] + report["unparsed"]:
            torture.tally.differs(f"{report} does not add up, {named} lines were named")
        reports.append(report)
    torture.tally.acknowledged += reports[0]["accepted"]
    if reports[0] != reports[1]:
        torture.tally.differs(f"one database says {reports[0]}, the other {reports[1]}")


@FORMATS
def test_every_line_is_answered_for(torture: Torture, sqlite_url: str, postgres_url: str, form: str) -> None:
    urls = (sqlite_url, postgres_url)
    torture.endure(lambda without: fuzz(torture, urls, form, 1_000, without), no_gate)


# Not of the access log, whose reader hands on nothing that the gate would have to refuse.
@pytest.mark.parametrize("form", ["jsonl"])
def test_control_no_gate_for_params(torture: Torture, sqlite_url: str, postgres_url: str, form: str) -> None:
    torture.control(lambda without: fuzz(torture, (sqlite_url, postgres_url), form, 10, without), no_gate)
