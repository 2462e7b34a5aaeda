"""Commands on sessions: sessions, session, timeout, what-if."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any

import typer

from ....domain.errors import InvalidArgument
from ....engine.answers import Outcome, SessionSummary
from ....engine.document import document
from ..options import A_PAGE, After, Database, Json, Limit, opened, opened_or_created
from ..output import print_json, say
from ..progress import LongWork
from ..tables import print_bars, print_facts, print_rows, print_table, tell_of_more

_COLUMNS = (
    "session_id",
    "started_at",
    "last_activity_at",
    "state",
    "activities",
    "page_visits",
    "entry_url",
    "exit_url",
)


def sessions(
    uuid: Annotated[str | None, typer.Argument(metavar="[UUID]", help="Of this customer; of all unless said.")] = None,
    database: Database = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Begun at or after this moment.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Begun before this moment.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are open now.")] = False,
    summary: Annotated[bool, typer.Option("--summary", help="Figures over the sessions instead of a list.")] = False,
    limit: Limit = A_PAGE,
    after: After = None,
    json: Json = False,
) -> None:
    """Show sessions, the newest first, or figures over them."""
    with opened(database) as engine:
        if summary:
            figures = engine.session_summary(uuid, since=since, until=until, open_only=open_only, fresh=True)
        else:
            rows = engine.sessions(
                uuid, since=since, until=until, open_only=open_only, limit=limit, after=after, fresh=True
            )
    if not summary:
        columns = _COLUMNS if uuid is not None else ("uuid", *_COLUMNS)
        print_rows("Sessions" if uuid is None else f"Sessions of {uuid}", columns, rows, json)
        tell_of_more(rows)
    elif json:
        print_json(figures)
    else:
        _print_summary(figures)


def _print_summary(figures: SessionSummary) -> None:
    facts = [(name, value) for name, value in document(figures).items() if not isinstance(value, list)]
    print_facts("Sessions", facts)
    for title, pages in (("Entry pages", figures.entry_pages), ("Exit pages", figures.exit_pages)):
        print_table(title, ("url", "sessions"), [(page.url, page.sessions) for page in pages])
    print_bars(
        "Sessions begun by hour of the day, UTC", [(f"{n:02}", count) for n, count in enumerate(figures.by_hour)]
    )


def session(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="An id that was announced at any time.")],
    database: Database = None,
    json: Json = False,
) -> None:
    """Show the session that an id leads to, also where a late event has joined it with others since."""
    with opened(database) as engine:
        found = engine.session(session_id, fresh=True)
    if found is None:
        raise InvalidArgument(f"no session was ever announced as {session_id}")
    if json:
        print_json(found)
    else:
        print_facts(f"Session {found.session_id}", document(found).items())


def timeout(
    new: Annotated[str | None, typer.Argument(metavar="[DURATION]", help="The new timeout: 90s, 10m, 1h.")] = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show the session timeouts that were set, or set another for activity that is taken in from now on."""
    with opened(database) if new is None else opened_or_created(database) as engine:
        if new is not None:
            engine.set_session_timeout(new)
        rows = engine.session_timeouts()
    if json or new is None:
        print_rows("Session timeouts", ("set_at", "seconds"), rows, json)
    else:
        say(f"Activity taken in from now on keeps a session open for {rows[-1].seconds:g} seconds")


def what_if(
    timeout: Annotated[str, typer.Option(metavar="DURATION", help="Another session timeout: 90s, 10m, 1h.")],
    database: Database = None,
    json: Json = False,
) -> None:
    """Count the sessions as they are and as another timeout would have made them; writes nothing."""
    with opened(database) as engine, LongWork("Folding the log twice") as work:
        found = engine.what_if(timeout, work.advance)
    if json:
        print_json(found)
    else:
        rows = [_row(field.name, found.today, found.would_be) for field in fields(Outcome)]
        print_table("What if", ("", "today", f"timeout {timeout}"), rows)


def _row(field: str, today: Outcome, would_be: Outcome) -> tuple[str, Any, Any]:
    return field, getattr(today, field), getattr(would_be, field)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (sessions, session, timeout, what_if):
        app.command(rich_help_panel="Sessions")(command)
