"""Tallies beside the views: changes are noted with the rows that they follow from, and by and by added to the sums.

A transaction notes one document for each name, however many numbers change: nobody waits for anybody's sums. Who reads
adds the documents that are there to the sums. One process at a time settles what has gathered; no other waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...projections.read_model import ReadModel, Tallies
from ...projections.tallies import Tally
from ..database.column_types import unpacked
from ..database.connections import driver
from ..database.dialects.dialect import dialect_of
from ..log.tables import tallies, tally_changes
from .dialects.tally_sums import add_to_sums

MOST_NUMBERS = 100_000
MOST_DOCUMENTS = 400
"""What has gathered is settled once it is more than this: a reader looks at no more."""

TABLES = (tallies.name, tally_changes.name)

FIRST_LOOK = 1_000
"""So many of the largest sums are looked at before all are."""

_sum, _change = tallies.c, tally_changes.c
_EDITION = ""
"""The name under which it is kept of which edition a view's tallies are."""


def begin(connection: Connection, model: ReadModel, table: str) -> None:
    """Begin the tallies of a copy of a view that is empty."""
    edition = {"projection": table, "name": _EDITION, "digest": digest(""), "key": "", "number": model.tallied}
    if model.tallied:
        connection.execute(tallies.insert().values(edition))


def edition(connection: Connection, table: str) -> int:
    """The edition of the tallies of a view; 0 where it has none."""
    return connection.scalar(_edition_of(table)) or 0


def settle(connection: Connection, tables: Iterable[str]) -> None:
    """Add what has gathered to the sums of views, unless somebody else does so."""
    for table in tables:
        if connection.execute(_edition_of(table).with_for_update(skip_locked=True)).first() is not None:
            _settle(connection, table)


def _edition_of(table: str) -> sa.Select[tuple[int]]:
    return sa.select(_sum.number).where(_sum.projection == table, _sum.name == _EDITION)


def _settle(connection: Connection, table: str) -> None:
    chosen = sa.select(_change.number, _change.name, _change.sign, _change.changes).where(_change.projection == table)
    documents = connection.execute(chosen).all()
    connection.execute(tally_changes.delete().where(_change.number.in_([one.number for one in documents])))
    gathered = _added_up(documents)
    rows = [
        (table, name, digest(key), key, number) for name, numbers in gathered.items() for key, number in numbers.items()
    ]
    rows.sort(key=lambda row: (row[1], row[2].int))  # as the index has them
    add_to_sums(dialect_of(connection), driver(connection), rows)
    connection.execute(tallies.delete().where(_sum.projection == table, _sum.number == 0, _sum.name != _EDITION))


def read(connection: Connection, table: str, name: str | None = None) -> Tallies:
    """The tallies of a view, of one name or of all."""
    found = Tally()
    known = sa.select(_sum.name, _sum.key, _sum.number).where(_sum.projection == table)
    if name is not None:
        known = known.where(_sum.name == name)
    sums: dict[str, dict[str, int]] = {}
    for of, key, number in connection.execute(known.where(_sum.name != _EDITION)):
        sums.setdefault(of, {})[key] = number
    found.add(sums)
    found.add(_changes(connection, table, name))
    return found.result()


def numbers_of(connection: Connection, table: str, name: str) -> Mapping[str, int]:
    """The numbers of one name."""
    return read(connection, table, name).get(name, {})


def most(connection: Connection, table: str, name: str, limit: int | None) -> list[tuple[str, int]]:
    """The keys of the largest numbers, the largest first, of equal ones in the order of the keys."""
    if limit == 0:
        return []
    changed = _changes(connection, table, name).get(name, {})
    rise = max(changed.values(), default=0)
    in_order = sa.select(_sum.key, _sum.number).where(_sum.projection == table, _sum.name == name)
    in_order = in_order.order_by(_sum.number.desc())
    for look in (None,) if limit is None else (FIRST_LOOK, None):
        sums = connection.execute(in_order.limit(look)).all()
        numbers = dict(map(tuple, sums))
        for key, number in changed.items():
            numbers[key] = numbers.get(key, 0) + number
        first = sorted((-number, key) for key, number in numbers.items() if number)[:limit]
        # Whatever was not looked at is no larger than the last sum that was, and what that may have risen to.
        if look is None or len(sums) < look or (len(first) == limit and -first[-1][0] > sums[-1].number + rise):
            break
    return [(key, -number) for number, key in first]


def of_keys(connection: Connection, table: str, name: str, keys: Sequence[str]) -> Mapping[str, int]:
    """The numbers of some keys."""
    if len(keys) > FIRST_LOOK:
        everything = numbers_of(connection, table, name)
        return {key: everything.get(key, 0) for key in keys}
    digests = list(map(digest, keys))
    known = sa.select(_sum.key, _sum.number).where(
        _sum.projection == table, _sum.name == name, _sum.digest.in_(digests)
    )
    numbers = {row.key: row.number for row in connection.execute(known)}
    changed = _changes(connection, table, name).get(name, {})
    return {key: numbers.get(key, 0) + changed.get(key, 0) for key in keys}


def _changes(connection: Connection, table: str, name: str | None) -> Tallies:
    chosen = sa.select(_change.name, _change.sign, _change.changes).where(_change.projection == table)
    return _added_up(connection.execute(chosen if name is None else chosen.where(_change.name == name)))


_decode = msgspec.json.Decoder(dict[str, int]).decode


def _added_up(documents: Any) -> Tallies:
    gathered = Tally()
    for document in documents:
        gathered.add({document.name: _decode(document.changes)}, document.sign)
    return gathered.result()


def digest(key: str) -> UUID:
    """What stands for a key in an index, which takes no text of any length."""
    return unpacked(blake2b(key.encode(), digest_size=16).digest())
