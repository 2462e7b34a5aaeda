"""Rows of any view, a host's own among them, as they are stored."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....projections.read_model import Rows
from ..tables import index_by_customer, view
from . import answer


@answer.register
def rows(query: Rows, connection: Connection) -> list[dict[str, Any]]:
    """Rows by column, of one customer or of all."""
    table = view(query.model)
    asked = sa.select(table).limit(query.limit)
    if query.customer is not None:
        # In the order of the index, so that no more rows are looked up in it than are asked for.
        order = [table.c[name] for name in index_by_customer(query.model).columns]
        asked = asked.where(table.c.uuid == query.customer).order_by(*order)
    return [dict(row) for row in connection.execute(asked).mappings()]
