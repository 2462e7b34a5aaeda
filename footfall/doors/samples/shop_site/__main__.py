"""`python -m footfall.doors.samples.shop_site`: what `make shop` runs, until Ctrl-C.

Two programs, as in a real shop: the shop's own server, and `footfall serve`, which its pages send events to.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from ....domain.errors import FootfallError
from ....domain.sender import Access
from ....engine.opening import open as open_engine
from .server import ShopServer

_STOP_SECONDS = 12


class Keys(NamedTuple):
    """The key that the page shows to everybody, and the one that the shop's server keeps to itself."""

    public: str
    secret: str


def main() -> None:
    """Create keys, start `footfall serve`, and serve the shop."""
    options = argparse.ArgumentParser(prog="shop")
    options.add_argument("--port", type=int, default=8080, help="where the shop listens; 0 takes one that is free")
    options.add_argument("--events-port", type=int, default=8000, help="where footfall serve listens")
    options.add_argument("--database", required=True, help="where its events are stored: sqlite:///shop.db")
    options.add_argument("--anew", action="store_true", help="forget what a SQLite file of before holds")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ShopServer(chosen.port) as shop:
        if chosen.anew:  # once it is sure that no other shop is open
            _forget(chosen.database)
        try:
            keys = _prepare(chosen.database, shop.origins)
        except FootfallError as error:
            sys.exit(f"{error}\nanother database, or this one from the start: --database sqlite:///shop.db --anew")
        with _serving(chosen.database, chosen.events_port) as events:
            try:
                shop.opens(_address(events), keys.public, keys.secret)
                sys.stdout.write(f"The shop is open at {shop.url} (Ctrl-C closes it)\n")
                sys.stdout.flush()
                Thread(target=_pass_on, args=(events,), name="what footfall serve says", daemon=True).start()
                shop.serve_forever()
            except KeyboardInterrupt:
                sys.stdout.write("closed\n")
            finally:
                events.terminate()
                events.wait(_STOP_SECONDS)


def _forget(database: str) -> None:
    if database.startswith("sqlite:///"):
        file = Path(database.removeprefix("sqlite:///"))
        for own in (file, file.with_stem(f"{file.stem}.views")):
            for end in ("", "-wal", "-shm"):
                own.with_name(f"{own.name}{end}").unlink(missing_ok=True)


def _prepare(database: str, origins: list[str]) -> Keys:
    with open_engine(database) as engine:
        engine.define("form.submit", access=Access.ANONYMOUS)
        engine.define("entries.count", label="Counted {{entries}} entries", access=Access.ANONYMOUS)
        public = engine.create_key("shop", origins=origins)
        return Keys(public.key, engine.create_server_key("shop-server", scopes=["read"]).key)


def _serving(database: str, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "footfall", "serve", "--port", str(port), "--database", database]
    # In a group of its own, so that a Ctrl-C reaches this program alone, which then ends the other.
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path.cwd(), start_new_session=True)  # noqa: S603


def _address(events: subprocess.Popen[str]) -> str:
    lines = iter(events.stderr or ())
    first = next(lines, "")
    if not first.startswith("serving on "):
        sys.stderr.write(first + "".join(lines))
        sys.exit("footfall serve did not start; another port: make shop SHOP='--events-port 8001'")
    return first.split()[2].rstrip(",")


def _pass_on(events: subprocess.Popen[str]) -> None:
    for line in events.stderr or ():  # or it would wait, once the pipe is full
        sys.stderr.write(line)


if __name__ == "__main__":
    main()
