"""Ctrl-C while a call waits for another process's lock leaves nothing behind."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from threading import Timer

import pytest

import footfall
from footfall.infrastructure.database.connections import CONNECTIONS
from tests.contracts.support import ALICE, OpenEngine


def test_an_engine_that_was_interrupted_many_times_goes_on(engine_at: OpenEngine, sqlite_url: str) -> None:
    engine = engine_at(sqlite_url, lock_timeout=0.2)
    engine.track(ALICE, "page.visit", {"url": "/"})
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(CONNECTIONS + 1):
            # SQLite waits in C: the signal is heard of once it gives up.
            Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
            with pytest.raises((KeyboardInterrupt, footfall.StoreBusy)):
                engine.track(ALICE, "page.visit", {"url": "/"})
        other.execute("ROLLBACK")
    assert engine.track(ALICE, "page.visit", {"url": "/"}).status == "accepted"
