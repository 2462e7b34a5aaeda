"""How the process and the store fare, what was refused, and what is live."""

from __future__ import annotations

from ....engine.redriven import redriven
from ..credentials import COOKIE_SECONDS, credentials, live_cookie, with_cookie
from ..parts import Parts
from ..prometheus import CONTENT_TYPE, exposed
from ..refusals import Refusal
from ..request import Request
from ..response import Response, Stream, answered
from .customers import rows


async def alive(_parts: Parts, _request: Request) -> Response:
    """The process answers; the store is not asked."""
    return answered({"status": "ok"})


async def ready(parts: Parts, _request: Request) -> Response:
    """Whether the store answers, with the schema of this program."""
    if not await parts.engine.ready():
        raise Refusal(
            503, "not_ready", "the store does not answer, or is not of this program", "", {"retry-after": "1"}
        )
    return answered({"status": "ready"})


async def status(parts: Parts, _request: Request) -> Response:
    """The log's head, how far every view is, and parked customers."""
    return answered(await parts.engine.status())


async def metrics(parts: Parts, _request: Request) -> Response:
    """What this process counts, and how the store stands, for Prometheus."""
    counted = await parts.engine.metrics()
    text = exposed(counted, parts.tally, parts.batcher.waiting, parts.live.listeners)
    return Response(text, content_type=CONTENT_TYPE)


async def rejections(parts: Parts, request: Request) -> Response:
    """What was refused and why, the oldest first."""
    return await rows(request, parts.engine.rejected)


async def redrive(parts: Parts, request: Request) -> Response:
    """Hand in again what was refused, and take up customers that a view was parked for."""
    results = await parts.engine.redrive(**request.asked)
    parked = await parts.engine.redrive_parked()
    await parts.engine.catch_up()
    return answered(redriven(results, parked))


async def live(parts: Parts, request: Request) -> Response | Stream:
    """Activity events as they are committed, as server-sent events, for as long as the key is good."""
    if request.scope["method"] == "HEAD":  # to which there would be no end
        return Response(content_type="text/event-stream")
    key = with_cookie(credentials(request), request).key or ""
    stream = await parts.live.stream(request.query, request.header(b"last-event-id"))
    return Stream(lambda receive, send: stream.run(parts.admission.revocations.ending(key, receive), send))


async def allow_live(_parts: Parts, request: Request) -> Response:
    """Give a browser a cookie with the key that it sent, since an EventSource can send none itself."""
    headers = {"set-cookie": live_cookie(credentials(request).key or "", request)}
    return answered({"expires_in": COOKIE_SECONDS})._replace(headers=headers)
