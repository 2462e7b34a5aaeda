"""Behind each server, told where a proxy shows it: uvicorn puts the root path before the path, the others leave it."""

from __future__ import annotations

import httpx
import pytest

from tests.contracts.support import ALICE, OpenEngine
from tests.doors.http.conftest import made
from tests.doors.http.serving import SERVERS, served

VISIT = {"uuid": str(ALICE), "action": "page.visit", "params": {"url": "/"}}


@pytest.mark.parametrize("server", SERVERS)
def test_it_answers_whether_a_proxy_cuts_the_root_path_off_or_not(
    server: str, engine_at: OpenEngine, sqlite_url: str
) -> None:
    headers = {"authorization": f"Bearer {made(engine_at(sqlite_url)).server}"}
    with served(server, sqlite_url, "/api") as url:
        for path in ("/v1/events", "/api/v1/events", "/v1/events/", "/api/v1/events/"):
            answer = httpx.post(url + path, json=VISIT, headers=headers)
            assert answer.json()["results"][0]["status"] == "accepted", path
        assert httpx.get(f"{url}/apiv1/status", headers=headers).status_code == 404
        assert httpx.get(f"{url}/openapi.json").json()["servers"] == [{"url": "/api"}]
