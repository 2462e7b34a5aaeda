"""Paths: with and without a slash at the end, doubled ones, and below whatever the app is mounted."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

import footfall
from footfall.doors.http.routes import ROUTES, routes
from tests.contracts.support import ALICE
from tests.doors.http.client import Client
from tests.doors.http.conftest import Keys

VISIT = {"uuid": str(ALICE), "action": "page.visit", "params": {"url": "/"}}


def template_at(path: str, root_path: str = "") -> str | None:
    found = routes.find(path, root_path)
    return None if found is None else next(iter(found.by_method.values())).template


def test_every_route_is_found_by_its_own_path() -> None:
    for route in ROUTES:
        found = routes.find(route.template.format(uuid="a", action="b"), "")
        assert found is not None
        assert found.by_method[route.method] is route


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/", "//v1/events", "/v1//events//", "v1/events"])
def test_slashes_do_not_matter(path: str) -> None:
    assert template_at(path) == "/v1/events"


@pytest.mark.parametrize(
    ("path", "root_path"),
    [
        ("/api/v1/events", "/api"),  # uvicorn, and every Mount
        ("/v1/events", "/api"),  # granian and hypercorn, behind a proxy that cuts it off
        ("/api/api/v1/events", "/api"),  # uvicorn, behind a proxy that does not
        ("/a/b/v1/events", "/a/b"),
        ("/a/b/v1/events/", "/a/b/"),
        ("/v1/v1/events", "/v1"),
        ("/v1/events", "/v1"),
    ],
)
def test_the_root_path_is_cut_off_where_it_is_there(path: str, root_path: str) -> None:
    assert template_at(path, root_path) == "/v1/events"


@pytest.mark.parametrize(
    ("path", "root_path"),
    [
        ("/api/v1/events", ""),
        ("/apix/v1/events", "/api"),
        ("/v1/event", ""),
        ("/v1", ""),
        ("", ""),
        ("/v1/events/x", ""),
    ],
)
def test_nothing_else_is_found(path: str, root_path: str) -> None:
    assert template_at(path, root_path) is None


def test_what_is_not_there_and_what_is_not_done_are_told(anybody: Client) -> None:
    missing = anybody.get("/v1/nothing")
    assert (missing.status, missing.code) == (404, "not_found")
    wrong = anybody.ask("PATCH", "/v1/definitions/some.thing")
    assert (wrong.status, wrong.code, wrong.headers["allow"]) == (405, "method_not_allowed", "DELETE, GET, HEAD, PUT")


def test_a_head_is_a_get_without_its_body(anybody: Client) -> None:
    whole, head = anybody.get("/healthz"), anybody.ask("HEAD", "/healthz")
    assert (head.status, head.body, head.headers) == (200, b"", whole.headers)


@pytest.mark.parametrize("host", [Starlette, FastAPI])
@pytest.mark.parametrize("root_path", ["", "/shop"])
def test_a_host_mounts_it(in_memory: footfall.Engine, keys: Keys, host: type[Starlette], root_path: str) -> None:
    app = host(routes=[Mount("/footfall", footfall.asgi(in_memory))])

    async def work() -> None:
        transport = httpx.ASGITransport(app, root_path=root_path)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            headers = {"authorization": f"Bearer {keys.server}"}
            for path in ("/footfall/v1/events", "/footfall/v1/events/", "/footfall//v1/events"):
                answer = await client.post(root_path + path, json=VISIT, headers=headers)
                assert answer.json()["results"][0]["status"] == "accepted"
            (server,) = (await client.get(f"{root_path}/footfall/openapi.json")).json()["servers"]
            assert server == {"url": f"{root_path}/footfall"}

    asyncio.run(work())
