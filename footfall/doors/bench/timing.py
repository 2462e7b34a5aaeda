"""A timer that takes the collector's work on the input out of the picture."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter


@contextmanager
def input_kept_apart() -> Iterator[None]:
    """What exists by now, such as the input, is kept from the garbage collector: a service does not hold 100,000
    events of its senders, and would not have them scanned again and again."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def seconds(work: Callable[[], object]) -> float:
    """How long a work takes."""
    with input_kept_apart():
        began = perf_counter()
        work()
        return perf_counter() - began
