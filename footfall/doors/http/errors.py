"""What an error of the engine's becomes: an answer that says what to do, and nothing secret."""

from __future__ import annotations

from ...domain.errors import InvalidArgument
from ...engine.loggers import HTTP
from ...engine.public import EngineClosed, StoreBusy, StoreFull, StoreRefused, StoreUnavailable
from .refusals import Refusal

_LATER: dict[type[Exception], tuple[str, str, int]] = {
    StoreBusy: ("store_busy", "the store is busy", 1),
    StoreUnavailable: ("store_unavailable", "the store is out of reach", 5),
    StoreFull: ("store_full", "the store has no room", 60),
    # What it says is for the operator, who can mend it; until then senders keep what they have.
    StoreRefused: ("store_refused", "the store does not do what it is asked", 60),
    EngineClosed: ("closing", "the server is stopping", 1),
}


def refusal_of(error: Exception, route: str) -> Refusal:
    """The answer to an error; what operators must know is logged, with the route's method and template."""
    later = next((_LATER[kind] for kind in type(error).__mro__ if kind in _LATER), None)
    if later is not None:
        code, message, seconds = later
        _tell(error, code, route)
        return Refusal(503, code, f"{message}: send it again in {seconds} s", headers={"retry-after": str(seconds)})
    if isinstance(error, InvalidArgument):
        return Refusal(400, "invalid_argument", f"{error}")
    HTTP.error("%s failed", route, exc_info=error)
    return Refusal(500, "internal_error", "the server could not answer; its log says why")


def _tell(error: Exception, code: str, route: str) -> None:
    if code in ("store_full", "store_refused"):
        HTTP.error("%s: %s: %s", route, code, error)
    elif code != "closing":
        HTTP.warning("%s: %s: %s", route, code, error)
