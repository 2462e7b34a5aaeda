"""A store of before lists went on from any place: its views get the indexes by which they are read."""

from __future__ import annotations

import sqlalchemy as sa

from tests.contracts.store.one_file import put_into_one_file
from tests.contracts.support import ALICE, BOB, OpenEngine, execute, views_database, visit

BY_PLACE = {"sessions": ["started_at", "session_id"], "profiles": ["last_seen", "uuid"]}


def indexes(url: str, view: str) -> dict[str, list[str | None]]:
    """The columns of each index of a view, where the views of this version are."""
    with views_database(url) as database, database.read() as connection:
        naming = database.dialect.naming
        found = sa.inspect(connection).get_indexes(naming.table(view), naming.schema)
        return {str(one["name"]): one["column_names"] for one in found}


def as_before(url: str) -> None:
    """Leave the store as the version before does."""
    names = {
        view: next(name for name, own in indexes(url, view).items() if own == columns)
        for view, columns in BY_PLACE.items()
    }
    put_into_one_file(url)
    for view, columns in BY_PLACE.items():
        name = names[view]
        execute(url, f"DROP INDEX {'' if url.startswith('sqlite') else 'footfall.'}{name}")
        execute(url, f'CREATE INDEX footfall_{view}_{columns[0]}_12345678 ON footfall."{view}" ({columns[0]})')
        execute(url, f'CREATE INDEX of_a_host_{view} ON footfall."{view}" ({columns[0]})')
    for table in ("tallies", "tally_changes"):
        execute(url, f"DROP TABLE footfall.{table}")
    execute(url, "UPDATE footfall.version SET version_num = '0006'")


def test_the_indexes_of_views_are_replaced_and_those_of_a_host_stay(engine_at: OpenEngine, database_url: str) -> None:
    with engine_at(database_url) as engine:
        engine.track_many([visit(ALICE, 0), visit(BOB, 1)])
        engine.catch_up()
    as_before(database_url)
    opened = engine_at(database_url)
    for view, columns in BY_PLACE.items():
        there = indexes(database_url, view)
        assert columns in there.values()
    (first,) = opened.profiles(limit=1, fresh=True)
    assert [row.uuid for row in opened.profiles(after=first.cursor, fresh=True)] == [str(ALICE)]
    opened.rebuild()
    assert opened.verify().ok
