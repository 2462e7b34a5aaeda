"""Instructions of the program an event, counted by callgrind: the same within 1 % on a busy machine, too."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..harness.stores import Store
from .builds import Build
from .side import WORKER

WARM = 500
_TOTAL = re.compile(rb"^(?:summary|totals): (\d+)", re.MULTILINE)


class Counted(NamedTuple):
    """What is counted: `asked` of a worker that has loaded `events`, once more than before."""

    asked: list[str | int]
    events: int


COUNTED = {
    "ingest, 500 a call, log and views": Counted(["take", 500], 3_000),
    "track, one by one": Counted(["track"], 500),
    "profile and 20 page visits": Counted(["read"], 500),
}


def can_be_counted() -> bool:
    """Whether callgrind is installed."""
    return shutil.which("valgrind") is not None


def instructions_an_event(build: Build, store: Store, visits: Path, counted: Counted) -> float:
    """Those for an event; what a process needs to begin, and to read its input, is not among them."""
    warm: list[list[str | int]] = [["load", WARM], ["take", WARM], ["load", WARM], counted.asked]
    ready: list[list[str | int]] = [*warm, ["load", counted.events]]
    few, many = (_counted(build, store, visits, told) for told in (ready, [*ready, counted.asked]))
    return (many - few) / counted.events


def _counted(build: Build, store: Store, visits: Path, told: list[list[str | int]]) -> int:
    found = visits.with_name("callgrind.out")
    callgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={found}"]
    with store.fresh() as url:
        subprocess.run(  # noqa: S603
            [*callgrind, str(build.python), str(WORKER), url, str(visits)],
            input=b"".join(msgspec.json.encode(one) + b"\n" for one in told),
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": ""},
            check=True,
        )
    total = _TOTAL.search(found.read_bytes())
    assert total is not None
    return int(total[1])
