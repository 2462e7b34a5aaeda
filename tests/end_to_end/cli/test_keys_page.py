"""What docs/http-keys.md says is done works when it is done."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.cli.program import Program, as_script
from tests.forked import Forked

PAGE = (Path(__file__).parents[3] / "docs" / "http-keys.md").read_text()
COMMANDS = re.findall(r"^\$ footfall (.*)$", PAGE, re.MULTILINE)
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_its_commands_run_one_after_the_other(
    on_sqlite: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in re.findall(r"^\$ (openssl .*)$", PAGE, re.MULTILINE):
        subprocess.run(shlex.split(command), check=True, capture_output=True)
    assert "BEGIN PUBLIC KEY" in Path("shop-login.pem").read_text()
    for command in COMMANDS:
        outcome = on_sqlite(*shlex.split(command))
        assert outcome.status == 0, f"{command}: {outcome.err}"
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("example", PYTHON)
def test_its_python_runs(example: str, tmp_path: Path) -> None:
    with Forked(as_script, example, folder=tmp_path) as script:
        _, complaints = script.communicate()
        assert (script.wait(), complaints) == (0, "")


def test_there_is_an_example() -> None:
    assert PYTHON
