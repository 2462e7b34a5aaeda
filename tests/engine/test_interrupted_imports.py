"""Ctrl-C while a host's first calls load the libraries: it is heard, and the next call works as if it had not come."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# The signal comes as a module is looked for that the first call brings with it.
HOST = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(10_000):  # Python hears of it between steps
                pass

sys.meta_path.insert(0, Interrupting())
import footfall
heard = 0
for _ in range(2):
    try:
        with footfall.open(sys.argv[2]) as engine:
            engine.start()
            print(heard, engine.stats().events)
            break
    except KeyboardInterrupt:
        heard += 1
"""
LATE = [
    "pydantic_core._pydantic_core",
    "sqlalchemy.sql.base",
    "sqlalchemy.sql.elements",
    "sqlalchemy.engine.default",
    "psycopg.connection",
    "footfall.engine.public",
    "footfall.infrastructure.wiring",
    "alembic.command",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "apscheduler.schedulers.base",
]


@pytest.mark.parametrize("module", LATE)
def test_the_call_after_ctrl_c_works(module: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOST, module, f"sqlite:///{tmp_path}/shop.db"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["1", "0"]
