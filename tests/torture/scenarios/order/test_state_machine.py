"""The engine beside a model in plain dictionaries: whatever is done, in whatever order, every read agrees."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

import footfall
from tests.contracts.servers import fresh_database

from ...conftest import Torture
from ...faults.unprotected_views import late_events_alone
from ...made_up.writers import Taking
from ...model.machine import Machine


def drive(torture: Torture, store: Callable[[], Any], number: int, steps: int, taken_away: Taking | None) -> None:
    """So many runs of so many steps."""
    machine = seed(torture.rng.getrandbits(64))(
        type("Driven", (Machine,), {"new_store": staticmethod(store), "tally": torture.tally})
    )
    chosen = settings(
        max_examples=number,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        phases=[Phase.generate] if taken_away else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    with pytest.MonkeyPatch.context() as patch:
        if taken_away is not None:
            taken_away(patch)
        try:
            run_state_machine_as_test(machine, settings=chosen)
        except (AssertionError, footfall.FootfallError) as error:
            steps_taken = "\n".join(getattr(error, "__notes__", []))
            torture.tally.differs(f"{error}\n{steps_taken}"[:3_000])


@pytest.fixture(params=["sqlite", "postgres"])
def new_store(request: pytest.FixtureRequest, torture: Torture) -> Callable[[], Any]:
    """Makes a fresh store for each run."""
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        return lambda: fresh_database(server)

    @contextmanager
    def file() -> Any:
        path = torture.folder / "driven.db"
        for left in torture.folder.glob("driven.db*"):
            left.unlink()
        yield f"sqlite:///{path}"

    return file


def test_every_read_agrees(torture: Torture, new_store: Callable[[], Any]) -> None:
    number = torture.scaled(2_000, short=4)
    steps = torture.scaled(50, short=25)
    torture.endure(lambda without: drive(torture, new_store, number, steps, without), late_events_alone)


def test_control_late_events_that_see_no_earlier_ones(torture: Torture, new_store: Callable[[], Any]) -> None:
    torture.control(lambda without: drive(torture, new_store, 3, 25, without), late_events_alone)
