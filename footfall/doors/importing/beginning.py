"""What is to be learned from the beginning of an import: its format, how many processes pay, and whether an older
Footfall has begun it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from ...engine.arguments import Line
from ...engine.engine import Engine
from ..wire.formats import Format, LineFormat, guess_format, line_reader
from .source import Source, UnreadableSource

LINES_A_WORKER = 2_500
"""An import of fewer lines for each worker has no use for so many: what they gain is what their start takes."""
_LINES_OF_A_GUESS = 100
_ARRAY_BEGINS = (b"[", b"[{")
_LINES_LOOKED_UP, _VISITS_LOOKED_UP, _VISITS_OF_ONE = 1_000, 20, 1_000


def known_format(form: LineFormat, source: Source, tell: Callable[[str], None]) -> LineFormat:
    """The format, guessed from the first lines where it is `auto`. A guess is told.

    Raises `UnreadableSource` where JSON lines are said or left unsaid, and the file is a JSON array, or most of its
    first lines are of an access log.
    """
    if form.name not in (Format.AUTO, Format.JSONL):
        return form
    lines = source.beginning(_LINES_OF_A_GUESS)
    name, alike = guess_format(lines)
    if form.name is Format.JSONL:
        if alike and name is not Format.JSONL:
            raise UnreadableSource(f"this is no JSON but an access log: say --format {name}, or --format auto")
        if lines and lines[0].strip()[:2] in _ARRAY_BEGINS:
            raise UnreadableSource("this is a JSON array: write each event on a line of its own, as jq -c '.[]' does")
        return form
    if lines:
        tell(f"read as --format {name}: {alike} of the first {len(lines)} lines look like it")
    return form._replace(name=name)


def paying_workers(engine: Engine, source: Source) -> int:
    """How many processes to share an import among. One for a pipe: how much will come nobody can know, and events may
    come one by one, which must not wait until there are enough for each of many."""
    most = engine.paying_workers(importing=True)
    if most == 1 or source.size is None:
        return 1
    return max(1, len(source.beginning(most * LINES_A_WORKER)) // LINES_A_WORKER)


def with_former_ids(form: LineFormat, source: Source, engine: Engine) -> LineFormat:
    """The same with the event ids of an older Footfall, which did not tell sites apart, if it has imported the lines of
    this site already: so they are not taken once more."""
    if not form.site or form.name is Format.JSONL:
        return form
    former = form._replace(former_ids=True)
    with line_reader(former) as reader:
        lines = enumerate(source.beginning(_LINES_LOOKED_UP), 1)
        visits = (line for line in reader.read(lines) if line.event is not None)
        known = any(_is_stored(engine, visit, form.site) for visit in islice(visits, _VISITS_LOOKED_UP))
    return former if known else form


def _is_stored(engine: Engine, visit: Line, site: str) -> bool:
    stored = engine.page_visits(visit.event["uuid"], limit=_VISITS_OF_ONE, fresh=True)
    return any(str(one.event_id) == visit.event["event_id"] and one.url.startswith(site) for one in stored)
