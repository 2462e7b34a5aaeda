"""The catalogue: what is defined, and by whom it may be sent."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ....domain.definition import ParameterType
from ....domain.errors import InvalidDefinition, Rejected
from ....domain.sender import Access
from ....engine.arguments import events_meant
from ..body import decoded, read_body
from ..parts import Parts
from ..refusals import Refusal
from ..request import Request
from ..response import Response, answered

_Text = Annotated[str, msgspec.Meta(max_length=2_000, pattern="^[^\\x00]*$")]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[^\\x00]+$")]


class ParameterBody(msgspec.Struct, forbid_unknown_fields=True):
    """The type of a parameter, and whether an event without it is refused."""

    type: ParameterType
    required: bool = False


class DefinitionBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is said of an action; what is left out stays as it is, or is given its default."""

    label: _Text | None = None
    description: _Text | None = None
    parameters: Annotated[dict[_Name, ParameterBody], msgspec.Meta(max_length=200)] | None = None
    access: Access | None = None
    session_activity: bool | None = None
    bots_in_sessions: bool | None = None


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
    body = decoded(await read_body(request, parts.body_time))
    try:
        msgspec.json.encode(body)  # of texts, this alone finds lone surrogates
        wanted = msgspec.to_builtins(msgspec.convert(body, DefinitionBody))
        return answered(await parts.engine.define(request.arguments[0], **wanted))
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise Refusal(400, "invalid_definition", f"the definition is not valid: {error}") from None
    except Rejected as why:
        raise Refusal(400, why.reason, why.detail) from None
    except InvalidDefinition as error:
        raise _against_the_rules(error) from None


async def undefine(parts: Parts, request: Request) -> Response:
    """Take a definition out of the catalogue; events that were accepted stay."""
    events_meant(request.arguments, None)
    try:
        await parts.engine.undefine(request.arguments[0])
    except InvalidDefinition as error:
        raise _against_the_rules(error) from None
    return answered({"action": request.arguments[0], "defined": False})


def _against_the_rules(error: InvalidDefinition) -> Refusal:
    return Refusal(409, "invalid_definition", f"{error}")
