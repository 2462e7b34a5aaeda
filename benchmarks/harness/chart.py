"""`python -m benchmarks.harness.chart`: draws growth.svg anew from growth.json; both lie in the folder above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import msgspec

WIDTH, HEIGHT = 860, 420
LEFT, RIGHT, TOP, BOTTOM = 76, 24, 58, 52
DATA, CHART = "growth.json", "growth.svg"
_STEPS = (1, 2, 2.5, 5, 10)
_MARKS = 6
# On white and, where the reader prefers it, on black; the lines differ in dashes, too, for who sees no colours.
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 } .title { font-size: 15px; font-weight: 600 }
.paper { fill: #ffffff } .grid { stroke: #d1d9e0; stroke-width: 1 } .axis { stroke: #59636e; stroke-width: 1 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
.PostgreSQL { stroke: #0969da } .SQLite { stroke: #bc4c00; stroke-dasharray: 6 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .paper { fill: #0d1117 } .grid { stroke: #3d444d } .axis { stroke: #9198a1 }
  .PostgreSQL { stroke: #4493f8 } .SQLite { stroke: #f0883e }
}
"""
_PAPER = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title">
<style>{_STYLE.replace("{", "{{").replace("}", "}}")}</style>
<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>
<text id="title" class="title" x="{LEFT}" y="22">Ingest as the log grows, until log and views are current</text>
{{drawn}}
<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">events in the log</text>
<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">events a second</text>
</svg>
"""


class Sample(NamedTuple):
    """How many events the log held at its end; events a second in it, of the log, of the views and of both; the most MB
    that the process held until then; and events a second of a store that was new then."""

    events: int
    log: float
    views: float
    both: float
    megabytes: float = 0
    new: float = 0


class Growth(msgspec.Struct):
    """Samples of a database, and the day on which they were taken."""

    taken_on: str
    samples: list[Sample]


def keep(folder: Path, database: str, samples: Sequence[Sample]) -> None:
    """Put a database's samples in place of those that are there."""
    rounded = [Sample(*map(round, sample)) for sample in samples]
    kept = _read(folder) | {database: Growth(f"{datetime.now(UTC):%Y-%m-%d}", rounded)}
    (folder / DATA).write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")


def draw(folder: Path) -> None:
    """Draw the samples that are there."""
    (folder / CHART).write_text(svg(_read(folder)))


def svg(growths: Mapping[str, Growth]) -> str:
    """The chart: a line for each database, and the axes."""
    samples = [sample for growth in growths.values() for sample in growth.samples]
    across = _marks(max(sample.events for sample in samples))
    upwards = _marks(max(sample.both for sample in samples))
    drawing = _Drawing(across[-1], upwards[-1])
    drawn = [*map(drawing.mark_across, across), *map(drawing.mark_upwards, upwards)]
    for number, (name, growth) in enumerate(sorted(growths.items())):
        drawn += [drawing.line(name, growth.samples), drawing.key(number, name, growth)]
    return _PAPER.format(drawn="\n".join(drawn))


class _Drawing:
    """Where things are on the paper; the axes begin at 0."""

    def __init__(self, most_events: float, most_speed: float) -> None:
        self._across = (WIDTH - LEFT - RIGHT) / most_events
        self._upwards = (HEIGHT - TOP - BOTTOM) / most_speed

    def line(self, name: str, samples: Sequence[Sample]) -> str:
        """The line of a database."""
        points = " ".join(f"{self._x(one.events):.1f},{self._y(one.both):.1f}" for one in samples)
        return f'<polyline class="line {escape(name)}" points="{points}"/>'

    def key(self, number: int, name: str, growth: Growth) -> str:
        """Which line is whose, above the chart."""
        x, y = LEFT + number * 260, TOP - 16
        return (
            f'<line class="line {escape(name)}" x1="{x}" y1="{y - 4}" x2="{x + 34}" y2="{y - 4}"/>'
            f'<text x="{x + 42}" y="{y}">{escape(name)} ({growth.taken_on})</text>'
        )

    def mark_across(self, events: float) -> str:
        """A line upwards with its number of events."""
        x, y = self._x(events), HEIGHT - BOTTOM
        look = "axis" if events == 0 else "grid"
        return (
            f'<line class="{look}" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{y}"/>'
            f'<text x="{x:.1f}" y="{y + 18}" text-anchor="middle">{_shown(events)}</text>'
        )

    def mark_upwards(self, speed: float) -> str:
        """A line across with its speed."""
        y = self._y(speed)
        look = "axis" if speed == 0 else "grid"
        return (
            f'<line class="{look}" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_shown(speed)}</text>'
        )

    def _x(self, events: float) -> float:
        return LEFT + events * self._across

    def _y(self, speed: float) -> float:
        return HEIGHT - BOTTOM - speed * self._upwards


def _marks(most: float) -> list[float]:
    # About six round numbers from 0 on, the last of them not below the most.
    magnitude = 10 ** (len(str(int(most / _MARKS))) - 1)
    step = next(step * magnitude for step in _STEPS if step * magnitude * _MARKS >= most)
    return [number * step for number in range(int(-(-most // step)) + 1)]


def _shown(number: float) -> str:
    return f"{number / 1_000_000:g} million" if number >= 1_000_000 else f"{number:,.0f}"


def _read(folder: Path) -> dict[str, Growth]:
    file = folder / DATA
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Growth]) if file.exists() else {}


if __name__ == "__main__":
    draw(Path(__file__).parents[1])
