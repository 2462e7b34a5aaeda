"""SQLite stores as versions before 0009 left them: the views in the one file that there was."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

from tests.torture.watch.plain_sql import is_sqlite, sqlite_file, views_file

OF_THE_FILE = {"footfall_views_file", "footfall_own_tables"}


def put_into_one_file(url: str) -> None:
    """Move the views of a store that nobody has open back into the file of its log; on PostgreSQL they are with it."""
    if not is_sqlite(url):
        return
    with closing(sqlite3.connect(sqlite_file(url))) as file:
        file.execute("ATTACH ? AS views", (str(views_file(url)),))
        with file:
            made = (
                "SELECT type, name, sql FROM views.sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite%'"
            )
            for kind, name, sql in sorted(file.execute(made).fetchall(), reverse=True):  # tables before their indexes
                if name not in OF_THE_FILE:
                    file.execute(re.sub(r"(CREATE\s+(UNIQUE\s+)?(TABLE|INDEX)) ", r"\1 main.", sql, count=1))
                    if kind == "table":
                        file.execute(f'INSERT INTO main."{name}" SELECT * FROM views."{name}"')
                        file.execute("INSERT INTO main.footfall_own_tables VALUES (substr(?, 10))", (name,))
            file.execute("DROP TABLE footfall_store_identity")
            file.execute("DELETE FROM main.footfall_own_tables WHERE name = 'store_identity'")
            file.execute("UPDATE footfall_version SET version_num = '0008'")
    views_file(url).unlink()
