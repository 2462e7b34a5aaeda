"""The page for operators names the loggers, the figures and the spans that there are."""

from __future__ import annotations

import dataclasses
import logging
import re
from pathlib import Path

import footfall
from footfall.application.running import loggers, tracing

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operation.md").read_text()
SOURCES = {path: path.read_text() for path in (ROOT / "footfall").rglob("*.py")}


def table(heading: str) -> list[list[str]]:
    """The rows of the first table that begins with a heading."""
    lines = PAGE[PAGE.index(f"| {heading} |") :].splitlines()[2:]
    rows = lines[: next(at for at, line in enumerate([*lines, ""]) if not line.startswith("|"))]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def named(rows: list[list[str]]) -> set[str]:
    return {name for row in rows for name in re.findall(r"^`(.+)`$", row[0])}


def test_the_loggers() -> None:
    there = {one.name: variable for variable, one in vars(loggers).items() if isinstance(one, logging.Logger)}
    assert named(table("logger")) == set(there)
    at = ""
    told: dict[str, set[str]] = {}
    for first, level, _ in table("logger"):
        at = first.strip("`") or at
        told.setdefault(at, set()).add(level.lower())
    for name, variable in there.items():
        calls = {call for text in SOURCES.values() for call in re.findall(rf"\b{variable}\.(\w+)\(", text)}
        levels = {"warning", "error", "info", "debug", "exception", "critical"} & calls
        if levels:
            assert told[name] == levels, name


def test_nobody_else_names_a_logger() -> None:
    naming = {path.name for path, text in SOURCES.items() if "getLogger(" in text and "getLogger()" not in text}
    assert naming == {"loggers.py"}
    assert any(isinstance(one, logging.NullHandler) for one in logging.getLogger("footfall").handlers)


def test_the_figures() -> None:
    assert named(table("name")) == {field.name for field in dataclasses.fields(footfall.Metrics)}
    assert named(table("name in `store`")) == {field.name for field in dataclasses.fields(footfall.StoreMetrics)}


def test_the_spans_and_their_attributes() -> None:
    rows = table("span")
    made = {name for text in SOURCES.values() for name in re.findall(r'around\(\s*"(footfall\.\w+)"', text)}
    assert named(rows) == made | {tracing.TAKE, tracing.COMMIT}
    told = {name for row in rows for name in re.findall(r"`(footfall\.\w+)`", row[2])}
    sources = "".join(text for text in SOURCES.values() if "Attributes" in text)
    written = set(re.findall(r'"(footfall\.\w+)":', sources)) | {f"footfall.{status}" for status in footfall.Status}
    assert told == written
