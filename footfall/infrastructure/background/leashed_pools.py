"""Pools of workers for the time of a block, and how they end with it."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from ...application.running.interruptions import held_back
from .leash import Leash
from .worker_pool import WorkerPool


class LeashedPools:
    """So many pools of `workers` each, on one leash. Where the block ends with an error, whatever they are about is
    let go; else they finish what they were given."""

    def __init__(self, number: int, workers: int = 1, *, fork: bool) -> None:
        self._leash = Leash()
        self.pools: Sequence[WorkerPool] = [WorkerPool(workers, self._leash, fork=fork) for _ in range(number)]

    def __enter__(self) -> Sequence[WorkerPool]:
        return self.pools

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._leash.let_go()
        with held_back():
            for pool in self.pools:
                pool.close()
