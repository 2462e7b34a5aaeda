"""The help names every option and every variable whole, on terminals from 60 columns on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from typer.core import TyperArgument, TyperGroup
from typer.main import get_command

from footfall.doors.cli.app import app
from tests.end_to_end.cli.program import Program

WIDTHS = [60, 80, 200]
HEADINGS = ["Options", "Events", "Catalogue", "Customers", "Sessions", "Callers over HTTP", "Views", "Operation"]


def every_command(command: Any, *path: str) -> list[tuple[tuple[str, ...], Any]]:
    """The commands of a program, and what names each on the command line."""
    below = command.commands.items() if isinstance(command, TyperGroup) else ()
    return [(path, command), *(one for name, sub in below for one in every_command(sub, *path, name))]


COMMANDS = every_command(get_command(app))


@pytest.fixture
def help_of(on_sqlite: Program, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The help of a command, as it is printed where the terminal is so wide."""

    def printed(*path: str, width: int = 80) -> str:
        monkeypatch.setenv("COLUMNS", str(width))
        outcome = on_sqlite.alone(*path, "--help")
        assert (outcome.status, outcome.err) == (0, "")
        return outcome.out

    return printed


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_no_name_is_cut(path: tuple[str, ...], command: Any, width: int, help_of: Callable[..., str]) -> None:
    printed = help_of(*path, width=width)
    words = set(re.split(r"[\s;,\]]+", printed))
    for one in command.params:
        assert isinstance(one, TyperArgument) or words >= {*one.opts, *one.secondary_opts}
        assert not one.envvar or one.envvar in words
    assert max(map(len, printed.splitlines())) <= width
    assert "…" not in printed
    assert "..." not in printed.replace("COMMAND [ARGS]...", "")


def test_long_names_and_variables_are_whole_on_a_narrow_terminal(help_of: Callable[..., str]) -> None:
    printed = help_of("serve", width=60)
    for name in ("--rate-by-customer N", "FOOTFALL_ADDRESS_KEY", "FOOTFALL_DATABASE", "postgresql://user@host/name"):
        assert name in printed


def test_an_option_is_a_name_a_placeholder_and_its_default(help_of: Callable[..., str]) -> None:
    assert help_of("pages").split("\n\n")[2] == (
        """Options:
  -d, --database URL  sqlite:///file.db or postgresql://user@host/name.  [env
                      var: FOOTFALL_DATABASE; default: sqlite:///footfall.db]
  --limit N           Show at most this many pages.  [default: 20]
  --customers         Count the customers of each page, which takes a look at
                      all visits there are.
  --json              Print one JSON document.
  --help              Show this message and exit.
"""
    )


def test_choices_flags_and_required_arguments_are_told(help_of: Callable[..., str]) -> None:
    printed = " ".join(help_of("define").split())
    assert "define [OPTIONS] ACTION " in printed
    assert "ACTION context.activity, such as entries.count. [required]" in printed
    assert "\n  UUID  Of this customer; of all unless said.\n" in help_of("sessions")
    assert "sessions [OPTIONS] [UUID]\n" in help_of("sessions")
    assert "[one of: server, authenticated, anonymous_with_jwt, anonymous]" in printed
    assert "--session-activity / --no-session-activity Whether" in printed
    serving = " ".join(help_of("serve").split())
    assert "[default: --no-access-log] --rate-by-address N" in serving


def test_the_overview_groups_every_command_and_tells_all_of_it(help_of: Callable[..., str]) -> None:
    printed = help_of()
    assert re.findall(r"^(\S.*):$", printed, re.MULTILINE) == HEADINGS
    assert re.search(r"^Views:\n  pages .*\n.*\n  stats ", printed, re.MULTILINE)
    assert {path[0] for path, _ in COMMANDS if path} == set(re.findall(r"^  ([a-z][a-z-]+)  ", printed, re.MULTILINE))
    assert "what has its event id is taken once." in printed
