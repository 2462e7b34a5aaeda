"""How many processors this process may use: those it is bound to, or fewer where its control group has less time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_ROOT = Path("/")
_GROUPS = "sys/fs/cgroup"


def usable_processors(root: Path = _ROOT) -> int:
    """How many of them, at least one; `root` is where `proc` and `sys` are looked for."""
    return max(1, min([_bound(), *map(int, _quotas(root))]))


def _bound() -> int:
    counted = getattr(os, "process_cpu_count", None)  # Python 3.13 and later: heeds PYTHON_CPU_COUNT as well
    if counted is not None:
        return counted() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    # Each group's, and those of the groups that it lies in. A container sees its own as the root, whatever its name is.
    try:
        memberships = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for membership in memberships:
        _, controllers, group = membership.split(":", 2)
        read = _second_version if not controllers else _first_version
        if not controllers or "cpu" in controllers.split(","):
            inner = PurePosixPath(group.lstrip("/"))
            for folder in dict.fromkeys([inner, *inner.parents]):
                if (quota := read(root / _GROUPS / controllers / folder)) is not None:
                    yield quota


def _second_version(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else int(quota) / int(period)


def _first_version(folder: Path) -> float | None:
    try:
        quota, period = (int((folder / f"cpu.cfs_{name}_us").read_text()) for name in ("quota", "period"))
    except (OSError, ValueError):
        return None
    return None if quota < 0 else quota / period
