"""Ordinals: how many times a text came before, for more texts than memory holds."""

from __future__ import annotations

import sqlite3
from hashlib import blake2b
from types import TracebackType

_COUNT = """
INSERT INTO seen (digest) VALUES (?) ON CONFLICT (digest) DO UPDATE SET times = times + 1 RETURNING times
"""


class Ordinals:
    """Counts texts in a temporary SQLite database, which the system removes by itself."""

    def __enter__(self) -> Ordinals:
        # An empty name: a private database that spills to a temporary file when it outgrows its cache.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY, times INTEGER DEFAULT 0) WITHOUT ROWID")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def next(self, text: bytes) -> int:
        """0 for the first time a text comes, 1 for the second, and so on."""
        digest = blake2b(text, digest_size=16).digest()
        (times,) = self._database.execute(_COUNT, (digest,)).fetchone()
        return int(times)
