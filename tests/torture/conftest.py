"""What a scenario is given: its chance, its length, whether its protection is there, and a tally that is shown."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from .watch.tally import SEED, TALLY, Tally

_T = TypeVar("_T")
_ATTEMPTS = 30


@dataclass
class Torture:
    """The chance of a run, how long it is, its tally, and a place for its files."""

    rng: random.Random
    full_length: bool
    unprotected: bool
    tally: Tally
    folder: Path

    def scaled(self, number: int, *, short: int) -> int:
        """A number at full length, and what stands in for it elsewhere."""
        return number if self.full_length else short

    def within(self, seconds: float, without: object) -> float:
        """How long to wait for what must come in so many seconds: that long at full length, and in a control, which
        waits in vain; elsewhere long enough for a machine that is busy with other things."""
        return seconds if self.full_length or without is not None else 20 * seconds

    def endure(self, torment: Callable[[_T | None], None], without: _T) -> None:
        """Cause a fault, and fail unless the tally is clean. `without` is what the control takes away; with
        `--unprotected` it is taken away here, too, so that the scenario must fail."""
        if self.unprotected:
            self._expose(torment, without)
        else:
            torment(None)
        if not self.tally.clean:
            pytest.fail(str(self.tally), pytrace=False)

    def control(self, torment: Callable[[_T | None], None], without: _T) -> None:
        """Cause a fault without the protection, again until the checker sees what that lets happen; fail if it never
        does: it would see nothing elsewhere, either."""
        self._expose(torment, without)
        if not self.tally.damaged:
            pytest.fail(f"the protection was taken away, and the checker saw nothing: {self.tally}", pytrace=False)

    def _expose(self, torment: Callable[[_T | None], None], without: _T) -> None:
        for _ in range(_ATTEMPTS):
            torment(without)
            if self.tally.damaged:
                break


def pytest_configure(config: pytest.Config) -> None:
    """One seed for the run; each test's chance follows from it and the test's name, whichever others run."""
    given = config.getoption("--seed")
    config.stash[SEED] = random.SystemRandom().randrange(10**9) if given is None else int(given)


def pytest_report_header(config: pytest.Config) -> str:
    """The seed, before anything is run."""
    return f"torture: --seed {config.stash[SEED]}"


@pytest.fixture
def torture(request: pytest.FixtureRequest, tmp_path: Path) -> Torture:
    """The seed is printed with a failure; `--seed` repeats it. `--unprotected` takes the protection of every scenario
    away, so that each must fail."""
    config = request.config
    seed = config.stash[SEED]
    print(f"--seed {seed}")  # noqa: T201  # pytest shows it where a test fails
    tally = request.node.stash[TALLY] = Tally()
    rng = random.Random(seed + zlib.crc32(request.node.name.encode()))
    unprotected = bool(config.getoption("--unprotected"))
    return Torture(rng, bool(config.getoption("--full-length")), unprotected, tally, tmp_path)
