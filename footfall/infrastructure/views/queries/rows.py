"""Rows of any view, a host's own among them, as they are stored."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....projections.read_model import ReadModel
from ..tables import view


def rows(connection: Connection, model: ReadModel, customer: UUID | None, limit: int | None) -> list[dict[str, Any]]:
    """Rows by column, of one customer or of all."""
    table = view(model)
    query = sa.select(table).limit(limit)
    if customer is not None:
        query = query.where(table.c.uuid == customer)
    return [dict(row) for row in connection.execute(query).mappings()]
