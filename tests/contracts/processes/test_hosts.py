"""Real programs that fork their workers after the engine was opened: gunicorn, uvicorn, Celery, `multiprocessing`."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]
import pytest

import footfall
from tests.contracts.processes import pools
from tests.contracts.support import ALICE, OpenEngine

PATIENCE_SECONDS = 240
REQUESTS = 60
ROOT = Path(__file__).parents[3]


@contextmanager
def running(arguments: list[str], folder: Path, url: str, **environment: str) -> Iterator[Path]:
    """A program with all its workers, and what it says; all of them are gone afterwards."""
    told = folder / "told.txt"
    variables = {
        **os.environ,
        "SITE_DATABASE": url,
        "SITE_CUSTOMER": str(ALICE),
        "SITE_FOLDER": str(folder),
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    with told.open("w") as output:
        program = subprocess.Popen(
            [sys.executable, "-m", *arguments], env=variables, stdout=output, stderr=subprocess.STDOUT, cwd=folder
        )
        family = [psutil.Process(program.pid)]
        try:
            yield told
            family += family[0].children(recursive=True)
            program.terminate()
            assert program.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM), told.read_text()
        finally:
            if program.poll() is None:
                family += family[0].children(recursive=True)
            for one in family:
                if one.is_running():
                    one.kill()
            program.wait(PATIENCE_SECONDS)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def asked(port: int, number: int, told: Path) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            query = f"http://127.0.0.1:{port}/?customer={ALICE}&url=/{number}"
            with urlopen(query, timeout=PATIENCE_SECONDS) as response:  # our own server
                return dict(json.load(response))
        except (URLError, ConnectionError) as error:
            # It may not listen yet; an error of the site itself is one.
            if hasattr(error, "code") or time.monotonic() > end:
                raise AssertionError(told.read_text()) from error
            time.sleep(0.1)


def all_served(port: int, told: Path, processes: int = 1) -> list[dict[str, Any]]:
    """Answers to many requests, and on a busy machine to more, until so many processes are up and have answered."""
    end = time.monotonic() + PATIENCE_SECONDS
    answers = [asked(port, 0, told)]
    with ThreadPoolExecutor(8) as threads:
        while len(answers) == 1 or len({one["pid"] for one in answers}) < processes:
            assert time.monotonic() < end, told.read_text()
            numbers = range(len(answers), len(answers) + REQUESTS)
            answers += threads.map(lambda number: asked(port, number, told), numbers)
    return answers


def must_have_worked(url: str, answers: list[dict[str, Any]]) -> None:
    """Every visit is there once, and nobody saw a profile without its own."""
    assert {one["status"] for one in answers} == {"accepted"}
    with footfall.open(url) as engine:
        assert engine.profile(ALICE).events == len(answers)
        assert sum(row.visits for row in engine.pages(limit=None, fresh=True)) == len(answers)
        assert engine.verify().ok
    assert all(0 < one["events"] <= len(answers) for one in answers)


@pytest.mark.parametrize("starts", [False, True])
def test_gunicorn_with_a_site_that_is_loaded_before_its_workers(
    database_url: str, tmp_path: Path, starts: bool
) -> None:
    port = free_port()
    arguments = ["gunicorn", "--preload", "--workers", "3", "--worker-class", "gthread", "--threads", "4"]
    arguments += ["--timeout", str(PATIENCE_SECONDS), "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    site = "tests.contracts.processes.site:wsgi"
    started = {"SITE_STARTS": "yes"} if starts else {}
    with running([*arguments, site], tmp_path, database_url, **started) as told:
        answers = all_served(port, told, processes=2)
        assert "Traceback" not in told.read_text()
    must_have_worked(database_url, answers)


def test_uvicorn_with_two_workers(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    arguments = ["uvicorn", "--workers", "2", "--port", str(port), "--timeout-worker-healthcheck", "120"]
    with running([*arguments, "tests.contracts.processes.site:asgi"], tmp_path, database_url) as told:
        answers = all_served(port, told)
        assert "Traceback" not in told.read_text()
    must_have_worked(database_url, answers)


@pytest.mark.parametrize("worker", ["uvicorn.workers.UvicornWorker", "asgi"])
def test_gunicorn_with_an_engine_for_asyncio_that_is_opened_before_its_workers(
    database_url: str, tmp_path: Path, worker: str
) -> None:
    port = free_port()
    arguments = ["gunicorn", "--preload", "--workers", "3", "--worker-class", worker, "--no-control-socket"]
    arguments += ["--timeout", str(PATIENCE_SECONDS), "--bind", f"127.0.0.1:{port}"]
    with running([*arguments, "tests.contracts.processes.site:async_asgi"], tmp_path, database_url) as told:
        answers = all_served(port, told, processes=2)
        assert "Traceback" not in told.read_text()
    must_have_worked(database_url, answers)


def test_celery_with_workers_that_are_forked(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("queue", "control", "results"):
        (tmp_path / name).mkdir()
    arguments = ["celery", "-A", "tests.contracts.processes.tasks", "worker", "--pool", "prefork", "-c", "3"]
    arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
    handing_in = (
        "from tests.contracts.processes.tasks import visit; import json; "
        f"waiting = [visit.delay('{ALICE}', f'/{{n}}') for n in range({REQUESTS})]; "
        f"print(json.dumps([one.get(timeout={PATIENCE_SECONDS}) for one in waiting]))"
    )
    with running(arguments, tmp_path, database_url) as told:
        monkeypatch.setenv("SITE_DATABASE", database_url)
        monkeypatch.setenv("SITE_CUSTOMER", str(ALICE))
        monkeypatch.setenv("SITE_FOLDER", str(tmp_path))
        done = subprocess.run([sys.executable, "-c", handing_in], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + told.read_text()
        assert "Traceback" not in told.read_text()
    answers = [{"status": status, "events": events, "pid": pid} for status, events, pid in json.loads(done.stdout)]
    assert len({one["pid"] for one in answers}) > 1
    must_have_worked(database_url, answers)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(
    method: str, engine_at: OpenEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_at(database_url)
    monkeypatch.setattr(pools, "engine", engine)
    engine.track(ALICE, "page.visit", {"url": "/"})
    with multiprocessing.get_context(method).Pool(2) as pool:
        waiting = [pool.apply_async(pools.work, (database_url, str(ALICE), number)) for number in range(20)]
        assert engine.track(ALICE, "page.visit", {"url": "/"}).status == "accepted"
        answers = [one.get(PATIENCE_SECONDS) for one in waiting]
    assert {answer[:2] for answer in answers} == {("accepted", True)}
    assert engine.profile(ALICE).events == 22
    assert engine.verify().ok
