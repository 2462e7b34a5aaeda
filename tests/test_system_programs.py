"""What tests need of the system is got, or its absence is told aloud and is a failure in CI."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.system_programs import NEEDED, Program, get, missing, report

HERE = Program(Path(sys.executable).name, "python3", "everything")
ABSENT = Program("footfall-no-such-program", "footfall-no-such-package", "the pages in a browser")


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for; Python is in it."""
    (tmp_path / HERE.name).symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path, text: str) -> None:
    """Leave a program at a path."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("false", 0), ("", 0)])
def test_what_is_missing_is_named_and_is_a_failure_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, status: int
) -> None:
    monkeypatch.setenv("CI", ci)
    assert report([HERE, ABSENT]) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert all(part in line for part in ("NOT RUN", ABSENT.tests, ABSENT.name, f"apt-get install {ABSENT.package}"))


def test_nothing_is_said_where_all_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    assert report([HERE]) == report([]) == 0
    assert capsys.readouterr() == ("", "")


def test_what_is_missing_is_got_with_apt_get(path: Path) -> None:
    program(path / "sudo", 'shift; exec "$@"')
    program(path / "apt-get", f'echo "$@" >> {path}/asked; test "$1" = update || /bin/cp "$0" {path / ABSENT.name}')
    get([HERE, ABSENT])
    assert (path / "asked").read_text().splitlines() == [
        "update",
        f"install --yes --no-install-recommends {ABSENT.package}",
    ]
    assert missing([HERE, ABSENT]) == []


def test_where_nothing_can_be_installed_it_stays_missing(path: Path) -> None:
    get([ABSENT])
    program(path / "sudo", "exit 1")
    program(path / "apt-get", "exit 100")
    get([ABSENT])
    assert missing([HERE, ABSENT]) == [ABSENT]


def test_nothing_is_asked_for_where_all_is_there(path: Path) -> None:
    program(path / "apt-get", f"echo asked > {path}/asked")
    get([HERE])
    assert not (path / "asked").exists()


def test_each_program_that_is_needed_is_named_once() -> None:
    assert len({program.name for program in NEEDED}) == len(NEEDED)
