"""The limit, by the URLs of stores: the rows of an engine's tables, written and read by the driver alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial

import footfall
from footfall.doors.bench.timing import seconds
from footfall.infrastructure.database import driver_alone
from footfall.infrastructure.database.driver_alone import CUSTOMERS, LOG, Rows, Tables
from footfall.infrastructure.views.projecting.projector import CHUNK
from footfall.projections import READ_MODELS

from ..input.feed import FEW_A_CALL

__all__ = ["CUSTOMERS", "LOG", "VIEWS", "Rows", "copy", "count", "prepare", "read", "scan", "write"]

VIEWS = [model.name for model in READ_MODELS]


def prepare(url: str) -> None:
    """Give an empty database the engine's tables and indexes."""
    footfall.open(url).close()


def read(url: str, action: str) -> Rows:
    """The rows of the log of one action, in order, as the driver gives them."""
    with closing(Tables(url)) as tables:
        return driver_alone.whole(tables, LOG, f"action = '{action}'")


def write(url: str, rows: Rows) -> None:
    """Write rows into a database that was prepared, 500 to a commit."""
    with closing(Tables(url)) as tables:
        driver_alone.write(tables, rows, FEW_A_CALL)


def copy(source: str, target: str, tables: Sequence[str], batch: int = FEW_A_CALL) -> float:
    """Write the rows of a store's tables into a database that was prepared, those of the log so many to a commit; the
    seconds that the writing took."""
    taken = 0.0
    with closing(Tables(source)) as read_from, closing(Tables(target)) as write_to:
        for table in tables:
            chosen, a_commit = (CUSTOMERS, batch) if table == LOG else ("1 = 1", CHUNK)
            for rows in driver_alone.read(read_from, table, chosen):
                taken += seconds(partial(driver_alone.write, write_to, rows, a_commit))
    return taken


def count(url: str) -> int:
    """How many rows the log holds."""
    with closing(Tables(url)) as tables:
        return driver_alone.count(tables)


def scan(url: str) -> None:
    """Read the whole log once, as fast as the driver can, and throw it away."""
    with closing(Tables(url)) as tables:
        driver_alone.scan(tables)
