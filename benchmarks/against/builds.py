"""Builds of a commit: its wheel in an environment of its own, on the interpreter that runs the benchmarks."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from typing import NamedTuple

_REPOSITORY = Path(__file__).parents[2]


class UnknownCommit(Exception):
    """There is no such commit, or what it holds cannot be built."""


class Build(NamedTuple):
    """A build: what it is called, and the interpreter of its environment."""

    name: str
    python: Path


def build(commit: str | None, folder: Path) -> Build:
    """The build of a commit, or of the files as they are now. Raises `UnknownCommit`."""
    name = "this" if commit is None else _git("rev-parse", "--short", f"{commit}^{{commit}}").decode().strip()
    source = _REPOSITORY if commit is None else _unpacked(commit, folder / f"source-{name}")
    python = folder / name / "bin" / "python"
    venv.create(python.parents[1], with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(source)]
    if subprocess.run(install, check=False).returncode:  # noqa: S603
        raise UnknownCommit(f"{name} cannot be built")
    return Build(name, python)


def _unpacked(commit: str, folder: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=_REPOSITORY, capture_output=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise UnknownCommit(done.stderr.decode().strip())
    return done.stdout


if sys.platform == "win32":  # the environment's interpreter lies elsewhere there
    raise ImportError("builds are compared on Linux and macOS only")
