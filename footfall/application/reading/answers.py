"""What queries answer: documents with stable keys; moments are in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An event of a customer as a person reads it."""

    time: datetime
    action: str
    label: str
    params: dict[str, Any]
    event_id: str
    received_at: datetime
    claimed_time: datetime | None
    cursor: str


@dataclass(frozen=True, slots=True)
class ActivityEvent:
    """An event of the log as a subscription delivers it; `cursor` is where to go on after it."""

    uuid: str
    action: str
    time: datetime
    params: dict[str, Any]
    event_id: str
    received_at: datetime
    claimed_time: datetime | None
    cursor: str


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """A rejection; `content` is what was handed in, as JSON, or where it is `cut` the beginning of that. `size` (bytes)
    and `sha256` are those of the whole. What is not `redrivable`, because it is cut or JSON has no form for it, must be
    sent anew."""

    rejection_id: str
    reason: str
    detail: str
    uuid: str | None
    received_at: datetime
    kind: str
    content: str
    size: int
    sha256: str
    cut: bool
    redrivable: bool
    cursor: str


@dataclass(frozen=True, slots=True)
class TimeoutRow:
    """A session timeout that was set, and when."""

    set_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a session timeout makes of a log; `timeout_seconds` is None where each activity keeps its own."""

    timeout_seconds: float | None
    sessions: int
    bounces: int
    bounce_rate: float | None
    time_on_site_seconds: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The sessions as they are, and what they would be under another timeout, over the same log."""

    today: Outcome
    would_be: Outcome


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key: `kind` is `public` or `server`, `rate` in events a minute. From `revoked_at` on it is refused, which may
    lie ahead; `last_used` is precise to a day, and known of server keys only."""

    key_id: str
    name: str
    kind: str
    origins: list[str]
    rate: int | None
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just created. `key` is what callers send: of a server key its secret, which nobody can show
    again."""

    key_id: str
    name: str
    kind: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuerRow:
    """A trusted issuer of JWTs: since when it has been trusted as it is, the ids of its keys (None: that one has none)
    and what they are used with."""

    issuer: str
    audience: str
    trusted_at: datetime
    keys: list[str | None]
    algorithms: list[str]
    uuid_claim: str
    recognised_claim: str | None
    leeway_seconds: float
