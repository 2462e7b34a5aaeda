"""Which log the views of a SQLite file are a fold of, and up to where. No commit is of both files: it is kept here."""

from __future__ import annotations

import sqlite3

EDITION = 1
"""Of the tables below: a file that has others is made anew."""

TABLES = """
CREATE TABLE footfall_views_file (
    edition INTEGER NOT NULL, store BLOB NOT NULL, position INTEGER NOT NULL, customer BLOB, version INTEGER, state BLOB
);
CREATE TABLE footfall_own_tables (name TEXT);
CREATE TABLE footfall_checkpoints (
    projection TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (projection, partition)
);
CREATE TABLE footfall_parked (
    projection TEXT NOT NULL, customer BLOB NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
    parked_at INTEGER NOT NULL, error TEXT NOT NULL, PRIMARY KEY (projection, customer)
);
CREATE TABLE footfall_tallies (
    projection TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (projection, name, digest)
);
CREATE INDEX footfall_tallies_by_number ON footfall_tallies (projection, name, number);
CREATE TABLE footfall_tally_changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, projection TEXT NOT NULL, name TEXT NOT NULL, numbers INTEGER NOT NULL,
    sign INTEGER NOT NULL, changes TEXT NOT NULL
);
CREATE INDEX footfall_tally_changes_of_view ON footfall_tally_changes (projection, name);
"""

_LIST_AS_OWN = """
INSERT INTO footfall_own_tables
SELECT substr(name, 10) FROM main.sqlite_master WHERE type = 'table' AND name LIKE 'footfall#_%' ESCAPE '#'
"""
_OWN = "SELECT name FROM main.footfall_own_tables"
_IDENTITY = "SELECT identity FROM footfall_store_identity"
_STORE = "SELECT edition, store FROM footfall_views_file"
_SOURCE = "SELECT position, customer, version, state FROM footfall_views_file"
_ROW = "SELECT customer, version, state FROM footfall_log WHERE position = ?"
_BEGIN = "INSERT INTO footfall_views_file (edition, store, position) VALUES (?, ?, 0)"


def begin(driver: sqlite3.Connection) -> None:
    """Make the tables in a file that has none, in the transaction under way; nothing is folded yet."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            driver.execute(statement)
    driver.execute(_LIST_AS_OWN)
    driver.execute(_BEGIN, (EDITION, *driver.execute(_IDENTITY).fetchone()))


def empty(driver: sqlite3.Connection) -> None:
    """Drop the tables that Footfall made in a file."""
    for (table,) in driver.execute(_OWN).fetchall():
        driver.execute(f'DROP TABLE main."footfall_{table}"')


def fits(driver: sqlite3.Connection) -> bool:
    """Whether what was folded is what the log holds: not if that is another one, or was put back to an older state."""
    # Its other columns may be others in another edition.
    if driver.execute(_STORE).fetchall() != [(EDITION, *driver.execute(_IDENTITY).fetchone())]:
        return False
    position, *row = driver.execute(_SOURCE).fetchone()
    # Events that are sent again after a restore differ at least in when they were received.
    return position == 0 or driver.execute(_ROW, (position,)).fetchall() == [tuple(row)]
