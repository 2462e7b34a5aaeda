"""The `footfall` program as its users run it, and in this process where a start of its own would tell nothing more."""

from __future__ import annotations

import json
import runpy
import sys
from typing import Any, NamedTuple

import pytest

from footfall.doors.cli import main
from tests.forked import Forked


class Outcome(NamedTuple):
    """How a run ended: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


def run(*arguments: str, stdin: str = "") -> Outcome:
    """Run the program in a process of its own."""
    with Forked(as_program, *arguments) as process:
        out, err = process.communicate(stdin)
        return Outcome(process.wait(), out, err)


def as_program(*arguments: str) -> None:
    """What `python -m footfall` does with these arguments."""
    sys.argv = ["footfall", *arguments]
    runpy.run_module("footfall", run_name="__main__", alter_sys=True)


def as_script(code: str) -> None:
    """What `python -c` does with a text."""
    exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102


class Program:
    """Runs the program in this process, on one store."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._url, self._monkeypatch, self._capsys = url, monkeypatch, capsys

    def __call__(self, command: str, *arguments: str) -> Outcome:
        """Run a command; an exception that is no orderly end goes through."""
        return self.alone(command, *arguments, "--database", self._url)

    def alone(self, *arguments: str) -> Outcome:
        """Run it with these arguments and no others."""
        self._monkeypatch.setattr(sys, "argv", ["footfall", *arguments])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = self._capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    def document(self, command: str, *arguments: str) -> Any:
        """What a command that ends well prints as JSON."""
        outcome = self(command, *arguments, "--json")
        assert outcome.status == 0, outcome.err
        return outcome.document
