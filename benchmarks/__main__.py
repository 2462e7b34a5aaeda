"""`python -m benchmarks`: what is measured is told in benchmarks/README.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from footfall.infrastructure.database import durability

from .harness.measure import Broken, Row, Scope
from .harness.report import Report, keep, machine, show, show_head
from .harness.server import postgres
from .harness.stores import Sqlite, Store
from .runs import (
    all_customers,
    apart,
    batches,
    cores,
    door,
    growth,
    halves,
    idle,
    ingest,
    late,
    memory,
    profile,
    reads,
    rebuild,
    stages,
    statements,
    sweep,
    track,
)


class Name(StrEnum):
    """The benchmarks, in the order in which they run."""

    INGEST = "ingest"
    BATCHES = "batches"
    CORES = "cores"
    HALVES = "halves"
    LATE = "late"
    APART = "apart"
    STAGES = "stages"
    STATEMENTS = "statements"
    TRACK = "track"
    PROFILE = "profile"
    READS = "reads"
    REBUILD = "rebuild"
    SWEEP = "sweep"
    DOOR = "door"
    IDLE = "idle"
    MEMORY = "memory"
    ALL_CUSTOMERS = "all-customers"
    GROWTH = "growth"


RUNS: dict[Name, Callable[[Store, Scope], list[Row]]] = {
    Name.INGEST: ingest.run,
    Name.BATCHES: batches.run,
    Name.CORES: cores.run,
    Name.HALVES: halves.run,
    Name.LATE: late.run,
    Name.APART: apart.run,
    Name.STAGES: stages.run,
    Name.STATEMENTS: statements.run,
    Name.TRACK: track.run,
    Name.PROFILE: profile.run,
    Name.READS: reads.run,
    Name.REBUILD: rebuild.run,
    Name.SWEEP: sweep.run,
    Name.DOOR: door.run,
    Name.IDLE: idle.run,
    Name.MEMORY: memory.run,
    Name.ALL_CUSTOMERS: all_customers.run,
    Name.GROWTH: growth.run,
}
BY_NAME_ONLY = {Name.ALL_CUSTOMERS, Name.APART, Name.GROWTH, Name.STATEMENTS}
"""What takes too long to be part of everything, or needs a server that is set up for it."""
EVERYTHING = [name for name in Name if name not in BY_NAME_ONLY]


class Which(StrEnum):
    """The databases to measure."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    BOTH = "both"


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer events, one repetition.")] = False,
    only: Annotated[list[Name] | None, typer.Option(help="Only this benchmark. Repeatable.")] = None,
    events: Annotated[int | None, typer.Option(min=500, help="So many events in every benchmark.")] = None,
    repeat: Annotated[int | None, typer.Option(min=1, help="So many repetitions; medians are shown. [3]")] = None,
    database: Annotated[Which, typer.Option(help="Which databases.")] = Which.BOTH,
    record: Annotated[bool, typer.Option("--record", help="Put each report into benchmarks/README.md.")] = False,
) -> None:
    """Measure the engine beside its baselines in the same run. Exit status: 1 when the engine's views are wrong,
    2 for wrong use and when a database does not wait for the disk, so that no figure would count."""
    if record and quick:
        raise typer.BadParameter("quick runs are not recorded", param_hint="--record")
    scope = Scope(repeat or (1 if quick else 3), quick, events)
    with stores_of(database) as stores:
        show_head([machine(), *map(_described, stores)])
        _refuse_the_unfit(stores)
        for name in only or EVERYTHING:
            for store in stores:
                report = _measured(name, store, scope)
                if record:
                    keep(report)  # at once: a run that is broken off leaves what it had


@contextmanager
def stores_of(which: Which) -> Iterator[list[Store]]:
    if which is Which.SQLITE:
        yield [Sqlite()]
        return
    with postgres() as server:
        yield [server] if which is Which.POSTGRES else [server, Sqlite()]


def _described(store: Store) -> str:
    return ", ".join(f"{name} {value}" for name, value in store.settings().items())


def _refuse_the_unfit(stores: Sequence[Store]) -> None:
    for store in stores:
        try:
            durability.check(store.settings())
        except durability.NotDurable as weakness:
            typer.echo(f"error: {weakness}", err=True)
            raise typer.Exit(2) from None


def _measured(name: Name, store: Store, scope: Scope) -> Report:
    try:
        rows = RUNS[name](store, scope)
    except Broken as broken:
        typer.echo(f"error: {name} on {store.name}: {broken}", err=True)
        raise typer.Exit(1) from None
    asked = f"--repeat {scope.repeat}" + (f" --events {scope.events}" if scope.events else "")
    report = Report(f"{name} on {store.name}", rows, f"{machine()}; {_described(store)}; {asked}")
    show(report)
    return report


if __name__ == "__main__":
    typer.run(main)
