"""The views with a protection taken away, for the negative controls: see `unprotected`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from footfall.infrastructure.database.connections import driver
from footfall.infrastructure.views.projecting import checkpoints, projector
from footfall.infrastructure.views.projecting.checkpoints import find_hindmost
from footfall.infrastructure.views.projecting.parking import Parking
from footfall.infrastructure.views.projecting.projector import Projector
from footfall.infrastructure.views.rebuilding.rebuild import Rebuild
from footfall.infrastructure.views.tables import Slot, promote, view
from footfall.projections.read_model import ReadModel
from footfall.projections.sessions import Sessions

from ..watch.plain_sql import is_sqlite, query, views_file


def cursors_ahead(patch: pytest.MonkeyPatch) -> None:
    """A cursor is committed in a transaction of its own, ahead of the rows that it stands for."""
    project_chunk = Projector._project_chunk

    def ahead(self: Projector, connection: Connection, models: Any, slot: Any, cursors: Any, known: Any) -> int:
        statements = self._log.statements
        rows = statements.chunk(driver(connection), find_hindmost(cursors), projector.CHUNK) if cursors else []
        checkpoints.move(connection, models, slot, {partition: position for partition, position, *_ in rows})
        driver(connection).commit()
        if isinstance(driver(connection), sqlite3.Connection):
            driver(connection).execute("BEGIN IMMEDIATE")
        return project_chunk(self, connection, models, slot, cursors, known)

    patch.setattr(Projector, "_project_chunk", ahead)


def rebuilt_in_place(patch: pytest.MonkeyPatch) -> None:
    """A rebuild empties the table that is read, and fills it again."""

    def rebuild(self: Rebuild, models: Sequence[ReadModel], *_: Any, **_options: Any) -> None:
        for model in models:
            with self._database.write() as connection:
                connection.execute(view(model).delete())
                checkpoints.move(connection, [model], Slot.LIVE, dict.fromkeys(range(self._log.partitions), 0))
        assert list(self._projector.steps(models))

    patch.setattr(Rebuild, "rebuild", rebuild)


def unlocked_cursors(patch: pytest.MonkeyPatch) -> None:
    """Whoever folds partitions does not keep others out of them."""
    patch.setattr(checkpoints, "claim", lambda _connection, backlog, *_: backlog.cursors)


def drop_view_keys(url: str) -> None:
    """The views no longer refuse a row that they have."""
    there = f"sqlite:///{views_file(url)}" if is_sqlite(url) else url
    for table in ("page_visits", "sessions", "session_handles", "profiles"):
        whole = f"footfall_{table}_whole" if is_sqlite(url) else f"{table}_whole"
        query(there, f"ALTER TABLE footfall.{table} RENAME TO {whole}")
        query(there, f"CREATE TABLE footfall.{table} AS SELECT * FROM footfall.{table}_whole")
        query(there, f"DROP TABLE footfall.{table}_whole")


def no_parking(patch: pytest.MonkeyPatch) -> None:
    """A customer whose events cannot be folded stops the others."""

    def park(_self: Parking, _connection: Connection, _table: str, failures: Any, _pieces: Any) -> None:
        for failure in failures.values():
            raise failure

    patch.setattr(Parking, "park", park)


def swapped_unfinished(patch: pytest.MonkeyPatch) -> None:
    """A rebuild puts its copy in place without what was written since, as if it had folded all."""

    def swap(self: Rebuild, models: Sequence[ReadModel]) -> None:
        with self._database.write() as connection:
            self._projector.lock(connection, models, Slot.LIVE)
            heads = self._log.statements.heads(driver(connection))
            reached = {partition: heads[partition] for partition in range(self._log.partitions)}
            for model in models:
                checkpoints.move(connection, [model], Slot.NEXT, reached)
                promote(connection, model)

    patch.setattr(Rebuild, "_swap", swap)


def late_events_alone(patch: pytest.MonkeyPatch) -> None:
    """A fold of late events does not look at the sessions that they may touch."""
    patch.setattr(Sessions, "spans", lambda *_: ())
