"""Python's cycle collector, paused while a batch is under way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """Keep the cycle collector from running for the milliseconds that a batch takes.

    A batch holds thousands of objects for a moment, none of them in a cycle; the collector would visit them, and now
    and then the whole heap of the host, over and over (a sixth of the time of an import). It is left as it was found.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
