"""Sites that mount the door, as their authors would write them. The store is that of `SITE_DATABASE`; the `app` is
the one that `SITE_APP` names, in a process that may be forked later."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import footfall

engine = footfall.open(os.environ["SITE_DATABASE"])


def door() -> Any:
    return footfall.asgi(engine)


def fastapi_site() -> Any:
    from fastapi import FastAPI

    site = FastAPI()

    @site.get("/")
    async def home() -> dict[str, str]:
        return {"page": "home"}

    site.mount("/footfall", footfall.asgi(engine))
    return site


def starlette_site() -> Any:
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route

    async def home(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("home")

    return Starlette(routes=[Route("/", home), Mount("/footfall", footfall.asgi(engine))])


def _django() -> None:
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="of a test")  # noqa: S106
        django.setup()


def _home(_request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse("home")


def _urls() -> list[Any]:
    from django.urls import path

    return [path("", _home)]


class _Urls(list[Any]):
    # Django looks at them with the first request, and not before it is set up.
    def __iter__(self) -> Any:
        return iter(_urls())


urlpatterns = _Urls()


def django_asgi() -> Any:
    _django()
    from django.core.asgi import get_asgi_application

    site, door = get_asgi_application(), footfall.asgi(engine)

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await door(scope, receive, send)
        elif scope["path"].startswith("/footfall/"):
            await door({**scope, "root_path": scope.get("root_path", "") + "/footfall"}, receive, send)
        else:
            await site(scope, receive, send)

    return dispatch


def wsgi_door() -> Any:
    return footfall.wsgi(engine)


def django_wsgi() -> Any:
    _django()
    from django.core.wsgi import get_wsgi_application

    return _below("/footfall", footfall.wsgi(engine), get_wsgi_application())


def flask_site() -> Any:
    from flask import Flask
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    site = Flask(__name__)
    site.add_url_rule("/", view_func=lambda: "home", endpoint="home")
    return DispatcherMiddleware(site, {"/footfall": footfall.wsgi(engine)})


def _below(path: str, door: Any, site: Any) -> Any:
    def dispatch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(f"{path}/"):
            return list(site(environ, start_response))
        moved = {"SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + path, "PATH_INFO": environ["PATH_INFO"][len(path) :]}
        return list(door({**environ, **moved}, start_response))

    return dispatch


_SITES: dict[str, Callable[[], Any]] = {
    "door": door,
    "fastapi": fastapi_site,
    "starlette": starlette_site,
    "django asgi": django_asgi,
    "wsgi": wsgi_door,
    "django wsgi": django_wsgi,
    "flask": flask_site,
}

app = _SITES[os.environ["SITE_APP"]]()
