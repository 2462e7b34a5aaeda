"""The README's examples do what it says: its Python runs, and its commands end well."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^\$ (.*)$", README, re.MULTILINE)
LOG_LINE = '10.0.0.1 - - [05/Mar/2026:12:00:00 +0000] "GET /tea HTTP/1.1" 200 512 "-" "Browser/1.0"\n'


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the README's commands name."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(ROOT / "footfall/doors/samples/shop.jsonl.gz", folder / "events.jsonl.gz")
    (folder / "access.log").write_text(LOG_LINE)
    event = '{"uuid": "3f2b8c1e-7a54-4b8e-9d3c-5e1f0a6b7c8d", "action": "page.visit", "params": {"url": "/"}}\n'
    (folder / "events.jsonl").write_text(event)
    return folder


@pytest.mark.parametrize("example", PYTHON)
def test_a_python_example_runs(example: str, shop: Path) -> None:
    done = subprocess.run([sys.executable, "-c", example], cwd=shop, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# The sample holds an action that the README has not defined, so that its import ends with rejections.
EXPECTED = {"zcat events.jsonl.gz | footfall ingest -": 1, "footfall redrive": 1}
# These go on until they are interrupted; only the first is there to be.
ENDLESS = {"footfall run": 0, "footfall tail --action session.end --json": 130}


def run(command: str, shop: Path) -> tuple[int, str]:
    """Run a command of the README, and interrupt it after a while if it is one that would go on; how it ended."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    line = f"exec {command}" if command in ENDLESS else command
    with subprocess.Popen(
        line, shell=True, cwd=shop, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as program:
        if command in ENDLESS:
            time.sleep(3)
            program.send_signal(signal.SIGINT)
        printed, _ = program.communicate(timeout=120)
    return program.returncode, printed


def test_the_commands_run_one_after_the_other(shop: Path) -> None:
    for command in COMMANDS:
        status, printed = run(command, shop)
        assert status == {**EXPECTED, **ENDLESS}.get(command, 0), f"{command}: {printed}"
        assert "Traceback" not in printed
    assert set(COMMANDS) >= set(ENDLESS)


def test_there_are_examples() -> None:
    assert len(PYTHON) == 9
    assert len(COMMANDS) >= 25
