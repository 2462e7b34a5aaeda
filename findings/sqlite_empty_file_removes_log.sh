#!/bin/sh
# What a look at a SQLite database does whose file was moved away by itself (pysqlite3-binary 0.5.4, which brings SQLite 3.46.1).
#
# Guessed: an empty file is made, and the log of writes (-wal) that lies beside it, which cannot be of it, is left alone or
#          complained of: commits that are in no other place are in it.
# Seen:    the log is removed, without a word, by a connection that only reads. With the file put back in its place, what was
#          committed since the log was copied into it last is gone where the program that wrote it is killed.
#          With mode=rw, which makes no file, the connection fails and everything is there afterwards.
# Ends with 0 while that is so.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pysqlite3-binary==0.5.4
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import pathlib
import subprocess
import sys

from pysqlite3 import dbapi2 as sqlite3


WRITES = """
import sys, time
from pysqlite3 import dbapi2 as sqlite3
writer = sqlite3.connect(sys.argv[1], isolation_level=None)
writer.execute("PRAGMA journal_mode = WAL")
writer.execute("CREATE TABLE committed (number)")
writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
writer.execute("INSERT INTO committed VALUES (1)")
print("committed", flush=True)
time.sleep(60)
"""


def kept(name: str, *, makes: bool) -> int:
    """How many committed rows are there after the file was away for a moment, in which somebody looked."""
    file = folder / name
    with subprocess.Popen([sys.executable, "-c", WRITES, file], stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        away = file.rename(folder / f"{name}.away")
        try:
            looking = sqlite3.connect(f"file:{file}?mode={'rwc' if makes else 'rw'}", uri=True)
            looking.execute("SELECT count(*) FROM sqlite_master").fetchall()
            looking.close()
        except sqlite3.OperationalError as error:
            print(f"without making a file: {error}")
        away.replace(file)
        writer.kill()
    again = sqlite3.connect(file)
    (count,) = again.execute("SELECT count(*) FROM committed").fetchone()
    return count


folder = pathlib.Path(sys.argv[1])
found = {makes: kept(f"{makes}.db", makes=makes) for makes in (True, False)}
print(f"SQLite {sqlite3.sqlite_version}: of one committed row there are {found[True]} where the file was made anew, {found[False]} where not")
assert found == {True: 0, False: 1}, found
PYTHON
echo "a look at the name of a file that was moved away removes its log of writes"
