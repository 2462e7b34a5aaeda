"""Which keys there are, and how that changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .errors import InvalidArgument
from .events import CatalogueEvent, KeyCreated, KeyRevoked, KeyUsed
from .key import Key, KnownKey

Keys = Mapping[str, KnownKey]
"""Keys by their ids, in the order in which they were created."""
NO_KEYS: Keys = {}


def advance(keys: Keys, events: Iterable[CatalogueEvent]) -> Keys:
    """The keys after the events that followed; the same object where none was about keys."""
    known = dict(keys)
    for event in events:
        if isinstance(event, KeyCreated):
            known[event.key.key_id] = KnownKey(event.key, event.time)
        elif isinstance(event, KeyRevoked | KeyUsed) and event.key_id in known:  # by clocks that differ it may not be
            known[event.key_id] = _after(known[event.key_id], event)
    return keys if known == keys else known


def _after(one: KnownKey, event: KeyRevoked | KeyUsed) -> KnownKey:
    return replace(one, used_at=event.time) if isinstance(event, KeyUsed) else one.ended(event.ends_at, event.time)


def replay(events: Iterable[CatalogueEvent], until: int | None = None) -> Keys:
    """The keys as events left them, or as they stood at `until` (µs, inclusive)."""
    return advance(NO_KEYS, (event for event in events if until is None or event.time <= until))


def create(keys: Keys, key: Key, now: int) -> list[CatalogueEvent]:
    """Decide on a new key. Raises `InvalidArgument` where a good one has its name."""
    if named := _named(keys, key.name, now):
        what, rotate_it = ("server key", "rotate it, ") if named[-1].key.is_server else ("public key", "")
        raise InvalidArgument(f"there is a {what} named {key.name}: {rotate_it}revoke it first, or take another name")
    return [KeyCreated(now, key)]


def rotate(keys: Keys, key: Key, now: int, ends_at: int | None) -> list[CatalogueEvent]:
    """Decide on another secret for the server key of a name; those that are there end at `ends_at` (µs) at the latest,
    or are left as they are. Raises `InvalidArgument` where there is none."""
    before = [one for one in _named(keys, key.name, now) if one.key.is_server]
    if not before:
        raise InvalidArgument(f"there is no server key named {key.name} to be rotated; a public key has no secret")
    created = KeyCreated(now, replace(key, scopes=before[-1].key.scopes))
    if ends_at is None:
        return [created]
    ending = (one.key for one in before if one.ends_at is None or ends_at < one.ends_at)
    return [created, *(KeyRevoked(now, one.name, one.key_id, ends_at) for one in ending)]


def revoke(keys: Keys, name_or_id: str, now: int) -> list[CatalogueEvent]:
    """Decide that a key, or every key of a name, is refused from now on; nothing where it was before. Raises
    `InvalidArgument` where there never was one."""
    by_id = keys.get(name_or_id)
    meant = [one for one in keys.values() if one.key.name == name_or_id] if by_id is None else [by_id]
    if not meant:
        raise InvalidArgument("there is no key of that name or id: list the keys; a secret names none")
    # One that has ended by this clock may not have by another's.
    lasting = ((one.key, now if one.ends_at is None else min(one.ends_at, now)) for one in meant if not one.is_over)
    return [KeyRevoked(now, key.name, key.key_id, ends_at) for key, ends_at in lasting]


def use(keys: Keys, key_id: str, now: int) -> list[CatalogueEvent]:
    """Decide that a key is used: nothing where it is known to have been on the same day."""
    known = keys[key_id]
    return [KeyUsed(now, known.key.name, key_id)] if known.is_used_anew(now) else []


def _named(keys: Keys, name: str, now: int) -> list[KnownKey]:
    return [one for one in keys.values() if one.key.name == name and one.is_good(now)]
