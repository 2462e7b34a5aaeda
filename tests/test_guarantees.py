"""The page of guarantees names every scenario, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_scenario_stands_behind_a_promise() -> None:
    page = (ROOT / "docs" / "guarantees.md").read_text()
    promises = page[page.index("## Promises") : page.index("## Not promised")]
    parts = [part.split("\n\n")[0] for part in promises.split("*Checked by*")[1:]]
    checked = {name for part in parts for name in re.findall(r"`(\w+)`", part)}
    scenarios = {
        path.stem.removeprefix("test_") for path in (ROOT / "tests" / "torture" / "scenarios").rglob("test_*.py")
    }
    assert checked == scenarios
