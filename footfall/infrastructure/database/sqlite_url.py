"""URLs of SQLite files: a file and, if it is not to be created or written, a `mode`. Everything else SQLite would take
for another file than was meant, or for none that lasts."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy.engine import URL

from ...application.ports.errors import InvalidDatabase

MODES = ("ro", "rw", "rwc")
_FORMS = "sqlite:///shop.db is a file in the current folder, sqlite:////srv/shop.db one by its whole path"
_NOTHING_LASTS = "a database in memory would be gone with its connection: name a file, sqlite:///shop.db"
_QUESTION_MARK = "a ? in the name of a file is written as %3F"
_NOT_TAKEN = {
    "immutable": "what others write meanwhile would be missed, or read by half: mode=ro reads only",
    "nolock": "what others write meanwhile would be lost, or broken: leave it out",
    "cache": "the engine has connections of its own: leave it out",
    "timeout": "lock_timeout, or FOOTFALL_LOCK_TIMEOUT, says how long a lock is waited for",
}


def check_sqlite(url: str) -> None:
    """Raises `InvalidDatabase` where part of a SQLite file would be taken for a host, or for parameters."""
    found = re.match(r"sqlite:(/*)([^/?].*)", url, re.IGNORECASE | re.DOTALL)
    if found is None:
        return
    query = found[2].partition("?")[2]
    if query and not all("=" in one for one in query.split("&")):
        raise InvalidDatabase(f"?{query} is no parameter of a SQLite URL: {_QUESTION_MARK}")
    if len(found[1]) < 3:
        file = found[2]
        whole = re.match(r"[A-Za-z]:[\\/]|\\", file) is None and len(found[1]) == 1
        meant = f"sqlite:////{file}" if whole else f"sqlite:///{file}"
        raise InvalidDatabase(f"before the file of a SQLite URL there are three slashes, perhaps {meant}: {_FORMS}")


def plain(url: URL) -> URL:
    """The URL with a path of a file, and a `mode` where it is another than usual. Raises `InvalidDatabase`."""
    query = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    query.pop("uri", None)
    file, mode = url.database or "", query.pop("mode", "rwc")
    if file.startswith("file:"):
        file = unquote(re.sub(r"^file:(//(localhost)?(?=/))?", "", file))
    if file.strip() in ("", ":memory:") or mode == "memory" or query.get("vfs") == "memdb":
        raise InvalidDatabase(_NOTHING_LASTS)
    for name in query:
        why = _NOT_TAKEN.get(name, _QUESTION_MARK)
        raise InvalidDatabase(f"the URL of a SQLite file takes mode=ro, mode=rw or mode=rwc, and not {name}: {why}")
    if mode not in MODES:
        raise InvalidDatabase(f"the mode of a SQLite file is one of {', '.join(MODES)}, not {mode}")
    _check_name(file)
    return URL.create("sqlite", database=file, query={} if mode == "rwc" else {"mode": mode})


def file_of(url: URL) -> Path:
    """The file of a URL of this kind."""
    return Path(url.database or "")


def mode_of(url: URL) -> str:
    """How it is opened: `ro` writes nothing, `rw` creates nothing, `rwc` is the usual one."""
    return str(url.query.get("mode", "rwc"))


def beside(url: URL) -> URL:
    """The file beside it for what is folded from its log: of `shop.db` it is `shop.views.db`. Links are followed, so
    that whoever opens the same file finds the same one beside it."""
    file = Path(os.path.realpath(file_of(url)))
    return URL.create("sqlite", database=str(file.with_stem(f"{file.stem}.views")))


def _check_name(file: str) -> None:
    if "\0" in file:
        raise InvalidDatabase("the name of a file has no character NUL (%00)")
    if file.startswith("~"):
        meant = Path(file).expanduser()
        known = f", here sqlite:///{meant}" if meant.is_absolute() else ""
        raise InvalidDatabase(f"~ stands for no folder in a URL: write the whole path{known}; {_FORMS}")
    if os.name != "nt" and re.match(r"[A-Za-z]:[\\/]|\\\\", file):
        raise InvalidDatabase(f"{file} is a path of Windows, and this system is another one: {_FORMS}")
