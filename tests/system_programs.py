"""`python -m tests.system_programs`: programs of the system that tests need and pip cannot bring.

What is missing is got with apt-get where that is possible (`--get`), and else named in a line nobody overlooks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Program(NamedTuple):
    """A program, the package of Debian that holds it, and what is not tested without it."""

    name: str
    package: str
    tests: str


NEEDED: tuple[Program, ...] = (
    Program("pgbouncer", "pgbouncer", "PostgreSQL behind a pooler"),
    Program("openssl", "openssl", "certificates that do not fit"),
    Program("curl", "curl", "the examples of the page on HTTP"),
    Program("nginx", "nginx-light", "the HTTP door behind nginx"),
    Program("caddy", "caddy", "the HTTP door behind Caddy"),
    Program("chromium", "chromium", "the tracker in a browser"),
    Program("chromedriver", "chromium-driver", "the tracker in a browser"),
)
"""What does not come with pip."""


def missing(programs: Sequence[Program]) -> list[Program]:
    """Those that are not to be found."""
    return [
        program
        for program in programs
        if shutil.which(program.name) is None and not Path("/usr/sbin", program.name).exists()
    ]


def get(programs: Sequence[Program]) -> None:
    """Try to install what is missing; where that is not possible, nothing happens."""
    packages = [program.package for program in missing(programs)]
    if packages and shutil.which("apt-get"):
        privileged = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run([*privileged, "apt-get", *command], check=False, capture_output=True)


def report(programs: Sequence[Program]) -> int:
    """Name what was not run; the exit status: 1 where something was not and the environment says `CI=true`."""
    absent = missing(programs)
    for program in absent:
        sys.stderr.write(
            f"!!! NOT RUN: {program.tests}, for there is no {program.name} here. "
            f"To have it run: apt-get install {program.package}, and again !!!\n"
        )
    return int(bool(absent) and os.environ.get("CI") == "true")


if __name__ == "__main__":
    if sys.argv[1:] == ["--get"]:
        get(NEEDED)
    else:
        sys.exit(report(NEEDED))
