"""Other processes at work on a store, for doors that start some: how they are watched, and how they end."""

from ..infrastructure.background.scheduler import STOP_SECONDS
from ..infrastructure.background.supervisor import Supervisor
from ..infrastructure.background.worker_processes import WorkerEnded, deaf_to_interrupts, end_with_parent

__all__ = ["STOP_SECONDS", "Supervisor", "WorkerEnded", "deaf_to_interrupts", "end_with_parent"]
