"""The facts that streams are made of. Each has a short stored name (`topic`) that no move of code may change.

Times are UTC in integer microseconds. `time` is when it happened, `received_at` when it reached the engine.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

import msgspec

from .actions import SESSION_END, SESSION_REVISE, SESSION_START
from .definition import Definition
from .issuer import Issuer
from .key import Key
from .moments import MINUTE, iso

DEFAULT_TIMEOUT = 30 * MINUTE

event_place = attrgetter("time", "ahead", "event_id")
"""Where an event, or what was kept of one, stands among those of its customer; the earliest comes first. Several of a
clock that was ahead became one moment together: of one moment, what they claimed tells the order, then the event id."""


def _ahead(fact: Fact) -> int:
    """By how much (µs) the time that was claimed lies after `time`; 0 where `time` is what was claimed."""
    return 0 if fact.claimed_time is None else fact.claimed_time - fact.time


class ActivityRecorded(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A customer did something. `is_session_activity` is the mark, and `timeout` the session timeout (µs), as they
    stood when the event was taken in."""

    topic: ClassVar[str] = "activity"
    time: int
    received_at: int
    event_id: UUID
    action: str
    params: dict[str, Any]
    is_session_activity: bool
    claimed_time: int | None = None
    timeout: int = DEFAULT_TIMEOUT

    ahead = property(_ahead)


class AttributesUpdated(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The backend learned attributes of a customer; a value of None forgets the attribute."""

    topic: ClassVar[str] = "attributes"
    action: ClassVar[None] = None
    time: int
    received_at: int
    event_id: UUID
    attributes: dict[str, Any]
    claimed_time: int | None = None

    ahead = property(_ahead)


class SessionAnnouncement(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The engine tells of a session as it stands: `started_at` to `last_activity_at`, both inclusive."""

    topic: ClassVar[str]
    action: ClassVar[str]
    claimed_time: ClassVar[None] = None
    ahead: ClassVar[int] = 0
    time: int
    received_at: int
    event_id: UUID
    session_id: UUID
    first_event_id: UUID
    started_at: int
    last_activity_at: int
    replaces: tuple[UUID, ...] = ()

    @property
    def params(self) -> dict[str, Any]:
        """The announcement as an activity event shows it; moments as ISO 8601 text."""
        shown: dict[str, Any] = {
            "sessionId": str(self.session_id),
            "startedAt": iso(self.started_at),
            "lastActivityAt": iso(self.last_activity_at),
        }
        return shown | ({"replaces": [str(old) for old in self.replaces]} if self.replaces else {})


class SessionStarted(SessionAnnouncement, frozen=True, array_like=True, gc=False):
    """A session opened."""

    topic = action = SESSION_START


class SessionEnded(SessionAnnouncement, frozen=True, array_like=True, gc=False):
    """A session timed out; `time` is its last activity plus the timeout."""

    topic = action = SESSION_END


class SessionRevised(SessionAnnouncement, frozen=True, array_like=True, gc=False):
    """A late event changed what was announced: the sessions in `replaces` are now this one."""

    topic = action = SESSION_REVISE


class ActionDefined(msgspec.Struct, frozen=True, array_like=True):
    """The catalogue holds this definition from `time` on."""

    topic: ClassVar[str] = "action.defined"
    time: int
    definition: Definition


class ActionRemoved(msgspec.Struct, frozen=True, array_like=True):
    """The catalogue no longer knows the action from `time` on."""

    topic: ClassVar[str] = "action.removed"
    time: int
    action: str


class SessionTimeoutSet(msgspec.Struct, frozen=True, array_like=True):
    """Activity that is taken in from `time` on keeps a session open for `timeout` µs."""

    topic: ClassVar[str] = "timeout.set"
    time: int
    timeout: int


class KeyCreated(msgspec.Struct, frozen=True, array_like=True):
    """A key may be used from `time` on."""

    topic: ClassVar[str] = "key.created"
    time: int
    key: Key


class KeyRevoked(msgspec.Struct, frozen=True, array_like=True):
    """A key may not be used from `ends_at` (µs) on: at once, or where that lies after `time`, later."""

    topic: ClassVar[str] = "key.revoked"
    time: int
    name: str
    key_id: str
    ends_at: int


class KeyUsed(msgspec.Struct, frozen=True, array_like=True):
    """A key was used: the first time on a day, as far as was known."""

    topic: ClassVar[str] = "key.used"
    time: int
    name: str
    key_id: str


class IssuerTrusted(msgspec.Struct, frozen=True, array_like=True):
    """The tokens of an issuer are believed from `time` on, as is said here and not as before."""

    topic: ClassVar[str] = "issuer.trusted"
    time: int
    issuer: Issuer


class IssuerDistrusted(msgspec.Struct, frozen=True, array_like=True):
    """The tokens of an issuer are not believed any more from `time` on."""

    topic: ClassVar[str] = "issuer.distrusted"
    time: int
    url: str


Fact = ActivityRecorded | AttributesUpdated
CustomerEvent = Fact | SessionAnnouncement
DefinitionEvent = ActionDefined | ActionRemoved
KeyEvent = KeyCreated | KeyRevoked | KeyUsed
IssuerEvent = IssuerTrusted | IssuerDistrusted
CatalogueEvent = DefinitionEvent | SessionTimeoutSet | KeyEvent | IssuerEvent


EventT = TypeVar("EventT")


class Recorded(msgspec.Struct, Generic[EventT], frozen=True, gc=False):
    """A fact with its place: the stream it belongs to (`originator_id`) and its number there, from 1."""

    originator_id: UUID
    originator_version: int
    event: EventT
