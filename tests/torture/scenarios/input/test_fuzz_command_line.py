"""Command lines of any words: an answer or a message that says what is wrong, and never a traceback."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest

from footfall.doors.cli import app

from ... import command_line
from ...conftest import Torture
from ...made_up.examples import TEXTS, examples, mostly
from ...made_up.writers import Taking, as_sent, made_up

# Those that read and set; `run`, `tail` and `bench` go on for long, and `rebuild` and `verify` take only a view's name.
COMMANDS = [
    *["ingest", "rejected", "redrive", "define", "undefine", "definitions", "profile", "timeline", "visits"],
    *["profiles", "sessions", "session", "timeout", "what-if", "pages", "stats", "status", "rebuild", "verify"],
]
OPTIONS = [
    *["--json", "--limit", "--as-of", "--since", "--until", "--open", "--summary", "--where", "--reason", "--label"],
    *["--description", "--param", "--access", "--session-activity", "--format", "--raw", "--workers", "--help", "--"],
]
# An operating system passes no NUL on, and no text that UTF-8 cannot hold.
TEXT = TEXTS.map(lambda text: text.replace("\x00", "").encode("utf-8", "replace").decode())
WORDS = st.one_of(
    st.sampled_from(OPTIONS),
    st.sampled_from(["00000000-0000-4000-8000-000000000001", "cart.open", "a=1", "a:string", "10m", "2026-01-01", "5"]),
    st.sampled_from(
        ["9" * 30, "-1", "1e9d", "99999999d", "9999-12-31", "0001-01-01", "a=" + "[" * 5_000, "no-file", "-"]
    ),
    TEXT,
)
LINES = st.tuples(mostly(st.sampled_from(COMMANDS), TEXT), st.lists(WORDS, max_size=5))


def errors_untold(patch: pytest.MonkeyPatch) -> None:
    """Errors are not turned into messages."""
    patch.setattr(command_line, "main", app.app)


def fuzz(torture: Torture, url: str, number: int, taken_away: Taking | None) -> None:
    """Run the program with words in any order."""
    import footfall

    with footfall.open(url, partitions=4) as engine:
        engine.track_many(map(as_sent, made_up(torture.rng, 50, 5)))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(torture.folder)
        patch.setenv("FOOTFALL_DATABASE", url)
        if taken_away is not None:
            taken_away(patch)
        examples(torture, number, min(number, 60), LINES, lambda line: run(torture, line[0], line[1]))


def run(torture: Torture, command: str, words: list[str]) -> None:
    """Run it once."""
    torture.tally.cycles += 1
    ended = command_line.footfall(command, *words)
    if ended.broken or "Traceback" in ended.err + ended.out or ended.status not in (0, 1, 2):
        torture.tally.differs(f"{command} {words}: {ended.broken} {ended.err[-200:]}")
    elif ended.status == 2 and not ended.err:
        torture.tally.differs(f"{command} {words} says nothing")


def test_no_traceback(torture: Torture, database_url: str) -> None:
    torture.endure(lambda without: fuzz(torture, database_url, 3_000, without), errors_untold)


def test_control_errors_that_are_not_told(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: fuzz(torture, database_url, 100, without), errors_untold)
