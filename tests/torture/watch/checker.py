"""The checker: compares a store with the journals of those who wrote to it, and the views with a fold of the log.

It shares no code with the engine: it reads with plain SQL, and its fold is the rule written down once more, plainly.
Bring the views up to date before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from . import journal
from .journal import Batch, Sent
from .plain_sql import query, uuid_of
from .tally import Tally

_FACTS = (
    "SELECT customer, version, topic, state FROM footfall.log WHERE partition >= 0 ORDER BY partition, stream, version"
)
_VISITS = "SELECT event_id, uuid, time, url FROM footfall.page_visits"
_SESSIONS = "SELECT uuid, started_at, last_activity_at, deadline, activities, page_visits FROM footfall.sessions"
_PROFILES = "SELECT uuid, first_seen, last_seen, events FROM footfall.profiles"


class Activity(NamedTuple):
    """An activity event as the log holds it; moments and `timeout` in µs."""

    customer: UUID
    event_id: UUID
    time: int
    url: str | None
    counts: bool
    timeout: int


def check(url: str, journals: Sequence[Path], tally: Tally) -> None:
    """Count into the tally what is acknowledged, and all that is wrong with the store."""
    batches = journal.read(journals)
    log = query(url, _FACTS)
    activity = [_activity(uuid_of(customer), state) for customer, _, topic, state in log if topic == "activity"]
    _check_events(batches, activity, tally)
    _check_versions(log, tally)
    check_views(url, activity, tally)


def check_store(url: str, tally: Tally) -> None:
    """The same of a store for which no journal was kept: versions, doubles, views."""
    log = query(url, _FACTS)
    activity = [_activity(uuid_of(customer), state) for customer, _, topic, state in log if topic == "activity"]
    _check_doubles(activity, tally)
    _check_versions(log, tally)
    check_views(url, activity, tally)


def check_views(url: str, activity: Sequence[Activity], tally: Tally) -> None:
    """Compare page visits, sessions and profiles with a fold of the activity."""
    visits = [(one.event_id, one.customer, one.time, one.url) for one in activity if one.url is not None]
    _compare("page visit", [(uuid_of(i), uuid_of(c), *rest) for i, c, *rest in query(url, _VISITS)], visits, tally)
    by_customer: dict[UUID, list[Activity]] = defaultdict(list)
    for one in activity:
        by_customer[one.customer].append(one)
    sessions = [(who, *session) for who, own in by_customer.items() for session in sessions_of(own)]
    _compare("session", [(uuid_of(c), *rest) for c, *rest in query(url, _SESSIONS)], sessions, tally)
    profiles = [(who, min(a.time for a in own), max(a.time for a in own), len(own)) for who, own in by_customer.items()]
    stored = [(uuid_of(c), *rest) for c, *rest in query(url, _PROFILES)]
    _compare("profile", [row for row in stored if row[3]], profiles, tally)


def _activity(customer: UUID, state: bytes) -> Activity:
    time, _, event_id, action, params, counts, _, timeout, *_ = msgspec.msgpack.decode(state)
    return Activity(
        customer, UUID(bytes=event_id), time, params["url"] if action == "page.visit" else None, counts, timeout
    )


def _check_events(batches: Sequence[Batch], activity: Sequence[Activity], tally: Tally) -> None:
    _check_doubles(activity, tally)
    stored = {Sent(one.customer, one.event_id, one.time, one.url or "") for one in activity}
    for batch in batches:
        missing = [event for event in batch.events if event not in stored]
        if batch.acknowledged:
            tally.acknowledged += len(batch.events)
            tally.lost += len(missing)
            if missing:
                tally.mention(f"acknowledged and lost: {len(missing)} of {batch.name}, as {missing[0]}")
        elif missing and len(missing) < len(batch.events):
            tally.differs(f"half a batch: {len(missing)} of {len(batch.events)} of {batch.name} are missing")
    for stranger in stored - {event for batch in batches for event in batch.events}:
        tally.differs(f"nobody sent {stranger}")


def _check_doubles(activity: Sequence[Activity], tally: Tally) -> None:
    for (customer, event_id), number in Counter((one.customer, one.event_id) for one in activity).items():
        if number > 1:
            tally.doubled += number - 1
            tally.mention(f"{number} times {event_id} of {customer}")


def _check_versions(log: Iterable[tuple[Any, ...]], tally: Tally) -> None:
    streams: dict[UUID, list[int]] = defaultdict(list)
    for customer, version, *_ in log:
        streams[uuid_of(customer)].append(version)
    for customer, versions in streams.items():
        if sorted(versions) != list(range(1, len(versions) + 1)):
            tally.differs(f"the versions of {customer} are {sorted(versions)[:20]}…")


def sessions_of(activity: Sequence[Activity]) -> list[tuple[int, int, int, int, int]]:
    """The sessions of a customer: start, last activity, deadline (µs), activities, page visits. Each event spans
    its own timeout; spans that touch are one session."""
    sessions: list[list[int]] = []
    for one in sorted((one for one in activity if one.counts), key=lambda one: (one.time, one.event_id)):
        if not sessions or one.time > sessions[-1][2]:
            sessions.append([one.time, one.time, one.time + one.timeout, 0, 0])
        last = sessions[-1]
        last[1] = one.time
        last[2] = max(last[2], one.time + one.timeout)
        last[3] += 1
        last[4] += one.url is not None
    return [(start, end, deadline, number, visits) for start, end, deadline, number, visits in sessions]


def _compare(kind: str, stored: Iterable[Any], folded: Iterable[Any], tally: Tally) -> None:
    there, wanted = Counter(map(tuple, stored)), Counter(map(tuple, folded))
    for row, number in (there - wanted).items():
        tally.differs(f"the view has a {kind} too much: {row}", number)
    for row, number in (wanted - there).items():
        tally.differs(f"the view lacks a {kind}: {row}", number)
