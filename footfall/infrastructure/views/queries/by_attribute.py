"""Customers found by the value of an attribute, where few have it; where many have, a list soon is full of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....domain.conditions import AllOf, Condition, OneOf
from ....projections import ATTRIBUTE_VALUES
from ....projections.attribute_values import pair
from ..projecting import checkpoints
from ..tables import view

attribute = view(ATTRIBUTE_VALUES).c

FEW = 2_000
"""So many customers are looked up one by one, and put in order, rather than that the list is read until its page is
full."""


def customers_with(connection: Connection, attributes: Mapping[str, Condition]) -> sa.Select[Any] | None:
    """Selects all customers who fulfil one of these conditions, which few do; None where there is no such condition."""
    if not attributes or checkpoints.parked_customers(connection, view(ATTRIBUTE_VALUES).name):
        return None
    for name, values in _values(attributes):
        have_it = sa.select(attribute.uuid).where(attribute.pair.in_([pair(name, value) for value in values]))
        counted = sa.select(sa.func.count()).select_from(have_it.limit(FEW + 1).subquery())
        if (connection.scalar(counted) or 0) <= FEW:
            return have_it
    return None


def _values(attributes: Mapping[str, Condition]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    # A null among the values is one that no attribute has: it is forgotten then.
    for name, condition in attributes.items():
        for one in condition.conditions if isinstance(condition, AllOf) else (condition,):
            if isinstance(one, OneOf):
                yield name, one.values
