"""The wheel holds what the tree holds, and importing the package costs its host nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "footfall"
DRIVERS = {"psycopg", "sqlalchemy", "apscheduler", "alembic", "sqlite3", "typer", "rich"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built from a copy of the tree so that nothing of the build is left in it."""
    copy, built = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    _copy_tree(copy)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(built), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = built.glob("*.whl")
    with zipfile.ZipFile(file) as opened:
        yield opened
