"""`python -m benchmarks.harness.peak COMMAND…`: runs a command and prints the most memory it held, in bytes.

A process of its own, because Linux counts what the parent held when it started a child as the child's.
"""

from __future__ import annotations

import resource
import subprocess
import sys

_UNIT = 1 if sys.platform == "darwin" else 1024


def most_memory(whose: int) -> int:
    """The most bytes that this process, or one of its children that ended, ever held."""
    return resource.getrusage(whose).ru_maxrss * _UNIT


def main() -> None:
    """Run the command that the arguments name."""
    status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False).returncode  # noqa: S603
    print(most_memory(resource.RUSAGE_CHILDREN))
    sys.exit(status)


if __name__ == "__main__":
    main()
