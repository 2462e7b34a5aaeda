"""A host's tasks, as Celery's workers run them: the engine is opened with the module, before they are forked."""

from __future__ import annotations

import os
from pathlib import Path

from celery import Celery

import footfall

_folder = Path(os.environ["SITE_FOLDER"])
app = Celery("tasks", broker="filesystem://", backend=f"file://{_folder}/results")
app.conf.broker_transport_options = {
    "data_folder_in": f"{_folder}/queue",
    "data_folder_out": f"{_folder}/queue",
    "control_folder": f"{_folder}/control",
}
engine = footfall.open(os.environ["SITE_DATABASE"])
before_any_fork = engine.profile(os.environ["SITE_CUSTOMER"]).events


@app.task  # type: ignore[untyped-decorator]  # Celery has no types
def visit(customer: str, url: str) -> tuple[str, int, int]:
    """Track a visit; what became of it, what the profile says then, and who did it."""
    result = engine.track(customer, "page.visit", {"url": url})
    return str(result.status), engine.profile(customer).events, os.getpid()
