"""The house is what its page says: the walk of an event is short and goes down the floors, and the page names what is
there."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import uuid4

import pytest

import footfall
from footfall.engine.engine import system_clock

ROOT = Path(__file__).parents[1]
PACKAGE = Path(footfall.__file__).parent
PAGE = (ROOT / "docs" / "architecture.md").read_text()
MOST_FILES = 41
FLOORS = ("doors", "engine", "application", "infrastructure/views", "infrastructure/log", "infrastructure/database")
"""From the top down. What only computes (domain, projections) or carries out what it is given (running) has none, nor
the clock, which is handed in."""


def floor_of(file: str) -> int | None:
    """The number of the floor on which a file of the package lies."""
    if file.startswith("application/running"):
        return None
    return next((number for number, floor in enumerate(FLOORS) if file.startswith(floor)), None)


class Walk:
    """Which files of the package code runs through, and where it climbs back up while it is still further down."""

    def __init__(self) -> None:
        self.files: dict[str, None] = {}
        self.climbs: list[str] = []

    def follow(self, work: Callable[[], object]) -> None:
        """Do some work and watch it."""
        sys.setprofile(self._look)
        try:
            work()
        finally:
            sys.setprofile(None)

    def _look(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call" or (file := _file(frame)) is None:
            return
        self.files[file] = None
        floor, below = None if frame.f_code is system_clock.__code__ else floor_of(file), frame.f_back
        while floor is not None and below is not None:
            came_from = _file(below)
            if came_from is not None and (above := floor_of(came_from)) is not None:
                if above > floor:
                    self.climbs.append(f"{came_from} -> {file}:{frame.f_code.co_name}")
                return
            below = below.f_back


def _file(frame: FrameType) -> str | None:
    path = Path(frame.f_code.co_filename)
    return path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else None


@pytest.fixture
def walk(sqlite_url: str) -> Walk:
    """From `track` to the read of the row of its view, in an engine that has done it before."""
    customer, other, walk = uuid4(), uuid4(), Walk()
    with footfall.open(sqlite_url) as engine:
        engine.track(other, "page.visit", {"url": "/"})
        engine.page_visits(other)

        def visit_and_read() -> None:
            engine.track(customer, "page.visit", {"url": "https://shop.example/"})
            (row,) = engine.page_visits(customer)
            assert row.host == "shop.example"

        walk.follow(visit_and_read)
    return walk


def test_an_event_walks_through_few_files(walk: Walk) -> None:
    assert {"engine/engine.py", "domain/customer.py", "infrastructure/log/hand_over.py"} <= set(walk.files)
    assert len(walk.files) <= MOST_FILES, "\n".join(walk.files)


def test_calls_go_down_the_floors_and_come_back(walk: Walk) -> None:
    assert walk.climbs == []


def test_every_room_has_a_line_on_the_page() -> None:
    rooms = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")} - {"."}
    tops = {"/".join(room.split("/")[:2]) for room in rooms if "/" in room} | {"engine", "domain", "projections"}
    told = set(re.findall(r"`([a-z/]+)`", PAGE)) | {"domain", "projections"}
    assert tops <= told, tops - told


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(?:[a-z_]+/)*([a-z_]+\.py)`", PAGE))
    there = {path.name for path in (*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"))}
    assert named
    assert named <= there, named - there
