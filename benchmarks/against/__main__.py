"""`python -m benchmarks.against COMMIT`: this build beside that of a commit, in turn, on the same input."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Annotated, NamedTuple

import typer

from ..__main__ import Which, stores_of
from ..harness.measure import Row
from ..harness.processors import Spent
from ..harness.report import Report, machine, show, show_head
from ..harness.stores import Store
from ..input.shapes import Shape, shaped
from ..input.visits import Event, json_lines
from .builds import Build, UnknownCommit, build
from .instructions import COUNTED, can_be_counted, instructions_an_event
from .side import Side, two_sides

Work = Callable[[Side], Spent]


class Size(NamedTuple):
    """How much is measured: pairs, and events in each."""

    pairs: int
    events: int

    @property
    def few(self) -> int:
        """So many where each is a call of its own."""
        return max(500, self.events // 20)

    @property
    def altogether(self) -> int:
        """So many events are needed for all that is compared."""
        return (self.pairs + 1) * (3 * self.events + 2 * self.few)


def main(
    commit: Annotated[str, typer.Argument(help="The commit to compare with.")],
    pairs: Annotated[int, typer.Option(min=1, help="So many pairs; medians of their ratios are shown.")] = 5,
    events: Annotated[int, typer.Option(min=500, help="So many events in each.")] = 10_000,
    customers: Annotated[
        int | None, typer.Option(min=1, help="Of so many customers. [a tenth; apart: a fifteenth]")
    ] = None,
    visits: Annotated[Shape, typer.Option(help="What the visits are like.")] = Shape.USUAL,
    database: Annotated[Which, typer.Option(help="Which databases.")] = Which.BOTH,
    count: Annotated[bool, typer.Option(help="Count instructions, where callgrind is installed.")] = True,
) -> None:
    """Compare this build with an older one; a ratio above 1 is in favour of this one."""
    with tempfile.TemporaryDirectory(prefix="footfall-against-") as name, stores_of(database) as stores:
        folder = Path(name)
        try:
            builds = build(None, folder), build(commit, folder)
        except UnknownCommit as unknown:
            typer.echo(f"error: {unknown}", err=True)
            raise typer.Exit(2) from None
        show_head([machine(), f"this build beside {builds[1].name}, {visits} visits"])
        size = Size(pairs, events)
        file = _written(folder, shaped(visits, size.altogether, customers))
        for store in stores:
            rows = list(_rows(builds, store, file, size))
            if count and can_be_counted():
                rows += _instructions(builds, store, file)
            show(Report(f"against {builds[1].name} on {store.name}", rows, machine()))


def _written(folder: Path, visits: Iterable[Event]) -> Path:
    file = folder / "visits.jsonl"
    with file.open("wb") as written:
        written.writelines(json_lines(visits))
    return file


def _rows(builds: tuple[Build, Build], store: Store, visits: Path, size: Size) -> Iterator[Row]:
    def loaded(events: int, *asked: str | int) -> Work:
        def work(side: Side) -> Spent:
            side.does("load", events)
            return side.does(*asked)

        return work

    with two_sides(builds, store, visits) as sides:
        yield _compared("ingest, 500 a call, log and views", sides, loaded(size.events, "take", 500), size)
        yield _compared("ingest, all in one call", sides, loaded(size.events, "take", size.events), size)
        yield _compared("track, one by one", sides, loaded(size.few, "track"), size)
        yield _compared("profile and 20 page visits", sides, loaded(size.few, "read"), size)
        yield _compared("sweep", sides, _swept(loaded(size.events, "take", 500)), size)
        yield _compared("rebuild of all views", sides, lambda side: side.does("rebuild"), size)


def _swept(take: Work) -> Work:
    def work(side: Side) -> Spent:
        take(side)
        return side.does("sweep")

    return work


def _compared(what: str, sides: tuple[Side, Side], work: Work, size: Size) -> Row:
    for side in sides:
        work(side)  # what is loaded and read for the first time is not compared
    pairs = []
    for number in range(size.pairs):
        order = sides if number % 2 else sides[::-1]
        taken = {side.build.name: work(side) for side in order}
        pairs.append((taken[sides[0].build.name], taken[sides[1].build.name]))
    return _row(what, pairs)


def _row(what: str, pairs: list[tuple[Spent, Spent]]) -> Row:
    elapsed = median(old.elapsed / new.elapsed for new, old in pairs)
    processor = median(old.processors / new.processors for new, old in pairs)
    figures = [" ".join(f"{median(one):.2f}" for one in zip(*side, strict=True)) for side in zip(*pairs, strict=True)]
    figure = f"{figures[0]} s, before {figures[1]} s (elapsed, program, server)"
    return Row(what, figure, f"{elapsed:.2f} x elapsed, {processor:.2f} x processor")


def _instructions(builds: tuple[Build, Build], store: Store, visits: Path) -> Iterator[Row]:
    for what, counted in COUNTED.items():
        new, old = (instructions_an_event(one, store, visits, counted) for one in builds)
        yield Row(f"instructions of the program: {what}", f"{new:,.0f}, before {old:,.0f}", f"{old / new:.2f} x")


if __name__ == "__main__":
    typer.run(main)
