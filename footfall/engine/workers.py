"""Other processes at work on a store, for doors that start some: how they are watched, and how they end."""

from ..infrastructure.background.leash import end_with_parent
from ..infrastructure.background.leashed_pools import LeashedPools
from ..infrastructure.background.scheduler import STOP_SECONDS
from ..infrastructure.background.supervisor import Supervisor
from ..infrastructure.background.worker_pool import WorkerBroken, WorkerPool
from ..infrastructure.background.worker_processes import WorkerEnded

__all__ = [
    "STOP_SECONDS",
    "LeashedPools",
    "Supervisor",
    "WorkerBroken",
    "WorkerEnded",
    "WorkerPool",
    "end_with_parent",
]
