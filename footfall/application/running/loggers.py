"""The loggers: what the running program tells its operators. `docs/operation.md` lists them; nobody else names one."""

from __future__ import annotations

import logging

ROOT = logging.getLogger("footfall")
"""All that follow are below it. It is silent unless the host sets logging up."""
ROOT.addHandler(logging.NullHandler())

STORE = logging.getLogger("footfall.store")
"""Stores that are created or upgraded, and commits that are tried again."""
VIEWS = logging.getLogger("footfall.views")
"""Customers that a view goes on without, and rebuilds."""
SWEEP = logging.getLogger("footfall.sweep")
"""Customers whose sessions cannot be ended."""
SUBSCRIPTIONS = logging.getLogger("footfall.subscriptions")
"""Subscriptions that cannot reach the store, and events that cannot be read."""
JOBS = logging.getLogger("footfall.jobs")
"""The background jobs of this process."""
SCHEDULER = logging.getLogger("footfall.jobs.apscheduler")
"""The library that runs them. A host is not told of each run, nor that one still lasts when the next is due."""
SCHEDULER.setLevel(logging.ERROR)
POOL = logging.getLogger("footfall.infrastructure")
"""What SQLAlchemy says of connections, under the name of the class that keeps them: a host is not told of each."""
POOL.setLevel(logging.WARNING)
WORKERS = logging.getLogger("footfall.workers")
"""Worker processes that end."""
HTTP = logging.getLogger("footfall.http")
"""Requests that fail because of the store or of the program, and live events that end."""
ACCESS = logging.getLogger("footfall.access")
"""Requests that `footfall serve` answered, where it is told to log them."""
FORKS = logging.getLogger("footfall.forks")
"""Forks of this process."""
