"""The catalogue: what is defined, and by whom it may be sent."""

from __future__ import annotations

from ....domain.errors import Rejected
from ..body import decoded, read_body
from ..parts import Parts
from ..refusals import Refusal
from ..request import Request
from ..response import Response, answered

_FIELDS = ("label", "description", "parameters", "access", "session_activity")


async def definitions(parts: Parts, request: Request) -> Response:
    """All definitions, by action."""
    found = await parts.engine.definitions(**request.asked)
    return answered([found[action] for action in sorted(found)])


async def definition(parts: Parts, request: Request) -> Response:
    """One definition."""
    found = (await parts.engine.definitions(**request.asked)).get(request.arguments[0])
    if found is None:
        raise Refusal(404, "undefined_action", f"action {request.arguments[0][:40]!r} is not defined")
    return answered(found)


async def define(parts: Parts, request: Request) -> Response:
    """Define an action, or change what is given of one that is defined."""
    wanted = decoded(await read_body(request, parts.settings.body_seconds))
    if not isinstance(wanted, dict) or set(wanted) - set(_FIELDS):
        raise Refusal(400, "invalid_definition", f"send an object with any of {', '.join(_FIELDS)}, and nothing else")
    try:
        return answered(await parts.engine.define(request.arguments[0], **wanted))
    except Rejected as why:
        raise Refusal(400, why.reason, why.detail) from None


async def undefine(parts: Parts, request: Request) -> Response:
    """Take a definition out of the catalogue; events that were accepted stay."""
    await parts.engine.undefine(request.arguments[0])
    return answered({"action": request.arguments[0], "defined": False})
