"""What the extra `http` brings, looked for before it is needed: some of it is imported with the first token or page
visit alone, which would be late to be told."""

from __future__ import annotations

from importlib.util import find_spec

MOUNTED = ("crawleruseragents", "cryptography", "jwt", "ua_parser")
SERVED = (*MOUNTED, "httptools", "uvicorn", "uvloop")


def missing_for(what: str, needed: tuple[str, ...]) -> tuple[list[str], str]:
    """Which of the modules are not installed, and what is to be said of that."""
    missing = [name for name in needed if find_spec(name) is None]
    return missing, f"{what} needs {', '.join(missing)}: pip install 'footfall[http]'"
