"""What hosts are written with takes the engine's answers as they are: real programs, each in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAMS = ["fastapi_shop", "pydantic_models", "standard_library", "templates"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_host_uses_answers_as_they_are(program: str, database_url: str) -> None:
    module = f"tests.end_to_end.frameworks.programs.{program}"
    command = [sys.executable, "-W", "error::UserWarning", "-m", module, database_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("done\n")
