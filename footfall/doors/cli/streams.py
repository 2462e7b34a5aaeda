"""The standard streams of the program: there from the start, and quiet at the end."""

from __future__ import annotations

import os
import sys

_CANNOT_BE_USED = {0: os.O_WRONLY, 1: os.O_RDONLY, 2: os.O_WRONLY}
"""How the place of a closed stream is filled: reading 0 and writing 1 fails then, as it should, and 2 goes nowhere."""


def fill_closed() -> None:
    """Fill the places of streams that were closed before the program began: the next file that is opened would get
    their number, and what is printed would go into the store."""
    for number, how in _CANNOT_BE_USED.items():
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, how)  # the lowest number that is free, which is this one
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def give_up(number: int) -> None:
    """Let what is still to be written go nowhere. Python writes it once more at its end, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
