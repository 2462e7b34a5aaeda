"""Visits that are hours apart: each opens a session, and nobody who is in one batch is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from footfall.doors.bench.visits import BEGINNING, made_up_id

from .visits import Event, page_visits

VISITS_A_CUSTOMER = 15
_BETWEEN = timedelta(hours=5)
_WITHIN = timedelta(hours=1)
"""So long all customers take to come once; they come in the same order each time."""


def apart(count: int, customers: int | None = None) -> Iterator[Event]:
    """`count` visits in order of time, of a fifteenth as many customers unless said, each five hours after the
    customer's last."""
    customers = customers or max(1, count // VISITS_A_CUSTOMER)
    random = Random(3)
    uuids = [made_up_id(random) for _ in range(customers)]
    for number, event in enumerate(page_visits(count, customers)):
        again, customer = divmod(number, customers)
        moment = BEGINNING + again * _BETWEEN + customer / customers * _WITHIN
        yield {**event, "uuid": uuids[customer], "time": moment.isoformat()}
