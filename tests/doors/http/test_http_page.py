"""The page on HTTP: what it shows is what comes back, and its proxies pass on what they should and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import footfall
from footfall.doors.http import body, body_time, credentials, forms, parameters
from footfall.doors.http.rates import MOST_NAMES
from footfall.doors.http.routes import ROUTES
from footfall.doors.http.settings import DoorSettings
from tests.contracts.support import OpenEngine
from tests.doors.http.conftest import SHOP, made
from tests.doors.http.serving import ROOT, served

PAGE = (ROOT / "docs" / "http.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def examples() -> Iterator[tuple[str, str]]:
    """Each command that asks something, and what the page shows of its answer."""
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            if example.startswith("curl"):
                command, _, shown = example.rstrip().rpartition("\n")
                yield command, shown


def test_each_request_is_answered_as_the_page_shows(engine_at: OpenEngine, sqlite_url: str) -> None:
    engine = engine_at(sqlite_url)
    keys = made(engine)
    environment = {**os.environ, "KEY": keys.public, "SECRET": keys.server}
    with served("uvicorn", sqlite_url) as url:
        for command, shown in examples():
            asked = command.replace("http://127.0.0.1:8000", url).replace("curl", "curl --silent --show-error", 1)
            done = subprocess.run(["bash", "-c", asked], env=environment, capture_output=True, text=True, check=True)
            assert re.fullmatch(".*".join(map(re.escape, shown.split("…"))), done.stdout), (command, done.stdout)
    assert len(list(examples())) >= 10
    assert {rejection.reason for rejection in engine.rejected()} == {"access_denied"}


@pytest.mark.parametrize("example", PYTHON)
def test_a_python_example_runs(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(example, "http.md", "exec", dont_inherit=True), names)  # noqa: S102  # our own example
    engine = names["engine"]
    assert isinstance(engine, footfall.Engine)
    engine.close()


def test_the_page_names_every_route_with_its_parameters() -> None:
    told = {
        (method, path): parameters
        for paths, parameters in re.findall(r"^\| (`GET .*?`) \| (.*?) \|$", PAGE, re.MULTILINE)
        for method, path in re.findall(r"`(GET) (\S+?)`", paths)
    }
    for route in ROUTES:
        assert route.template.split("{")[0] in PAGE, route
        if (route.method, route.template) in told and "the same" not in told[route.method, route.template]:
            names = set(re.findall(r"`(\w+)`", told[route.method, route.template]))
            assert names == {one.name for one in route.parameters}, route
    assert len(told) >= 10


def test_the_page_names_every_bound_and_setting() -> None:
    table = PAGE[PAGE.index("## Bounds") : PAGE.index("## Pages of other origins")]
    bounds: list[int | None] = [
        body.MOST_BYTES,
        forms.MOST_ITEMS,
        credentials.MOST_TOKEN,
        parameters.MOST_ROWS,
        MOST_NAMES,
    ]
    settings = DoorSettings()
    bounds += [settings.rate_by_address, settings.rate_by_customer, settings.failures_by_address]
    for bound in bounds:
        assert f" {bound:,}" in table, bound
    assert f"{body_time.LEAST_BYTES_A_SECOND // 1024} KiB a second" in table
    assert f"{settings.body_seconds:g} s" in table
    for name in ("body_seconds", "rate_by_address", "rate_by_customer", "rate_by_server_key", "failures_by_address"):
        assert f"`{name}`" in table
        assert hasattr(settings, name)


def test_the_page_names_every_status_that_is_described() -> None:
    from footfall.doors.http.openapi import document_of

    described = {
        status
        for methods in document_of(ROUTES, "")["paths"].values()
        for operation in methods.values()
        for status in operation["responses"]
    }
    table = PAGE[PAGE.index("## Errors") : PAGE.index("## Bounds")]
    assert set(re.findall(r"^\| (\d{3}) \|", table, re.MULTILINE)) == (described - {"200"}) | {"405"}
    assert SHOP in PAGE
