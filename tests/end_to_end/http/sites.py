"""Sites that mount the door, as their authors would write them. The store is that of `SITE_DATABASE`; the `app` is
the one that `SITE_APP` names, in a process that may be forked later."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
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

    return _of_the_page(get_asgi_application=get_asgi_application)["application"]


def wsgi_door() -> Any:
    return footfall.wsgi(engine)


def django_wsgi() -> Any:
    _django()
    from django.core.wsgi import get_wsgi_application

    return _of_the_page(get_wsgi_application=get_wsgi_application)["application"]


def flask_site() -> Any:
    from flask import Flask
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    site = Flask(__name__)
    site.add_url_rule("/", view_func=lambda: "home", endpoint="home")
    return _of_the_page(DispatcherMiddleware=DispatcherMiddleware, app=site)["app"]


def _of_the_page(**given: Any) -> dict[str, Any]:
    """What an example of docs/http.md makes of what it is given: it is the one that names the first of them."""
    page = (Path(__file__).parents[3] / "docs" / "http.md").read_text()
    (example,) = (one for one in re.findall(r"```py\n(.*?)```", page, re.DOTALL) if next(iter(given)) in one)
    names = {"footfall": footfall, "engine": engine, **given}
    exec(compile(example, "http.md", "exec", dont_inherit=True), names)  # noqa: S102  # our own example
    return names


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
