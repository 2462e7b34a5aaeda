"""The README's examples do what it says: its Python runs, and its commands end well."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from tests.contracts.subscription.following import eventually
from tests.doors.http.senders.logins import private_key, public_pem
from tests.end_to_end.cli.program import as_program, as_script
from tests.forked import Forked

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
    (folder / "shop-login.pem").write_text(public_pem(private_key("RS256")))
    return folder


@pytest.mark.parametrize("example", PYTHON)
def test_a_python_example_runs(example: str, shop: Path) -> None:
    with Forked(as_script, example, folder=shop) as script:
        _, complaints = script.communicate()
        assert (script.wait(), complaints) == (0, "")


# The sample holds an action that the README has not defined, so that its import ends with rejections.
EXPECTED = {"zcat events.jsonl.gz | footfall ingest -": 1, "footfall redrive": 1}
# These go on until they are interrupted; only the first is there to be.
ENDLESS = {"footfall run": 0, "footfall serve": 0, "footfall tail --action session.end --json": 130}


def run(command: str, shop: Path) -> tuple[int, str]:
    """Run a command of the README, and interrupt it if it is one that would go on; how it ended."""
    if "|" in command:
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            command, shell=True, cwd=shop, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr
    name, *arguments = shlex.split(command)
    assert name == "footfall"
    with Forked(as_program, *arguments, folder=shop) as program:
        if command in ENDLESS:
            assert eventually(lambda: is_at_work(program.pid, shop))
            program.send_signal(signal.SIGINT)
        printed = "".join(program.communicate())
        return program.wait(), printed


def is_at_work(pid: int, shop: Path) -> bool:
    """Whether a process has opened the store."""
    return str(shop / "footfall.db") in {file.path for file in psutil.Process(pid).open_files()}


def test_the_commands_run_one_after_the_other(shop: Path) -> None:
    for command in COMMANDS:
        status, printed = run(command, shop)
        assert status == {**EXPECTED, **ENDLESS}.get(command, 0), f"{command}: {printed}"
        assert "Traceback" not in printed
    assert set(COMMANDS) >= set(ENDLESS)


def test_there_are_examples() -> None:
    assert len(PYTHON) >= 15
    assert len(COMMANDS) >= 25
