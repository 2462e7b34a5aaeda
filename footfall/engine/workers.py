"""Other processes at work on a store, for doors that start some: how they are watched, and how they end."""

from ..application.running.interruptions import held_back
from ..infrastructure.background.leash import Leash, end_with_parent, starting_workers
from ..infrastructure.background.scheduler import STOP_SECONDS
from ..infrastructure.background.supervisor import Supervisor
from ..infrastructure.background.worker_processes import WorkerEnded

__all__ = ["STOP_SECONDS", "Leash", "Supervisor", "WorkerEnded", "end_with_parent", "held_back", "starting_workers"]
