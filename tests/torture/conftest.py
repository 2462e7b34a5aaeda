"""How long the long loops are: shortened unless `--full-length` is given, always with a seed that repeats the run."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import pytest


class Torture(NamedTuple):
    """The chance of a run, and whether it is at full length."""

    rng: random.Random
    full_length: bool

    def scaled(self, number: int, *, short: int) -> int:
        """A number at full length, and what stands in for it elsewhere."""
        return number if self.full_length else short


@pytest.fixture
def torture(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Torture:
    """The seed is printed with a failure; `--seed` repeats it."""
    given = request.config.getoption("--seed")
    seed = random.randrange(10**9) if given is None else int(given)
    print(f"--seed {seed}")  # noqa: T201  # pytest shows it where a test fails
    record_property("seed", seed)
    return Torture(random.Random(seed), bool(request.config.getoption("--full-length")))
