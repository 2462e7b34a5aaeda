"""One side of a comparison: a build's worker on a store of its own, and what each thing takes there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ..harness.processors import Spent, server_seconds
from ..harness.stores import Store
from .builds import Build

WORKER = Path(__file__).with_name("worker.py")


class Side:
    """A worker that waits for what it is told."""

    def __init__(self, build: Build, url: str, visits: Path) -> None:
        self.build, self._url = build, url
        arguments = [str(build.python), str(WORKER), url, str(visits)]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": ""}
        self._process = subprocess.Popen(  # noqa: S603
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=visits.parent
        )

    def does(self, *asked: str | int) -> Spent:
        """Have one thing done. Raises `RuntimeError` where the worker broke down, which has said why on the screen."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        before = server_seconds(self._url)
        stdin.write(msgspec.json.encode(asked) + b"\n")
        stdin.flush()
        if not (answer := stdout.readline()):
            raise RuntimeError(f"the build {self.build.name} broke down while it was to {asked[0]}")
        elapsed, program = msgspec.json.decode(answer)
        return Spent(elapsed, program, server_seconds(self._url) - before)

    def close(self) -> None:
        """End the worker."""
        self._process.communicate()


@contextmanager
def two_sides(builds: tuple[Build, Build], store: Store, visits: Path) -> Iterator[tuple[Side, Side]]:
    """Both builds at once, each on an empty store; what they did is verified at the end."""
    with store.fresh() as one, store.fresh() as other:
        sides = Side(builds[0], one, visits), Side(builds[1], other, visits)
        try:
            yield sides
            for side in sides:
                side.does("verify")
        finally:
            for side in sides:
                side.close()
