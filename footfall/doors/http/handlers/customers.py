"""What is asked of customers: profiles, timelines, visits, sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ....domain.errors import InvalidArgument
from ....engine.arguments import customer_named, profiles_meant
from ..parts import Parts
from ..refusals import Refusal
from ..request import Request
from ..response import Response, answered


async def profile(parts: Parts, request: Request) -> Response:
    """A customer's profile, now or as of a moment."""
    return answered(await parts.engine.profile(*_customer(request), **request.asked))


async def timeline(parts: Parts, request: Request) -> Response:
    """What a customer did, the newest first."""
    return await rows(request, parts.engine.timeline, *_customer(request))


async def visits(parts: Parts, request: Request) -> Response:
    """A customer's page visits, the newest first."""
    return await rows(request, parts.engine.page_visits, *_customer(request))


async def sessions(parts: Parts, request: Request) -> Response:
    """Sessions of a customer, or of all, the newest first."""
    return await rows(request, parts.engine.sessions, *_customer(request))


async def profiles(parts: Parts, request: Request) -> Response:
    """Customers, the last seen first."""
    asked = request.asked
    profiles_meant(asked["attributes"], asked["counts"], None, None)
    return await rows(request, parts.engine.profiles)


async def rows(request: Request, call: Callable[..., Awaitable[Any]], *given: Any) -> Response:
    """The rows of a list. Raises `Refusal` (404) where there is none of the cursor that was given: all else that was
    asked has been looked at before."""
    try:
        return answered(await call(*given, **request.asked))
    except InvalidArgument as error:
        raise Refusal(404, "unknown_cursor", f"{error}") from None


def _customer(request: Request) -> tuple[Any, ...]:
    return tuple(map(customer_named, request.arguments))
