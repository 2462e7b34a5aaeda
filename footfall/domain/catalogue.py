"""The catalogue: which actions are known, and how they changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from .actions import ENGINE_ACTIONS, TRANSACTION_ACTIONS, check_name
from .builtin import BUILT_IN
from .definition import BOT, Definition
from .derived_id import derived_id
from .errors import InvalidDefinition
from .events import (
    ActionDefined,
    ActionRemoved,
    CatalogueEvent,
    IssuerDistrusted,
    IssuerTrusted,
    KeyCreated,
    SessionTimeoutSet,
)
from .sender import Access

_NAMESPACE = UUID("0d6d11c2-5c4e-5a53-9d6c-0a4f5c3f8a11")
Catalogue = Mapping[str, Definition]


def stream_id(subject: str) -> UUID:
    """The stream that holds the definition of an action, or another setting, whose name no action can have."""
    return derived_id(_NAMESPACE, subject)


def stream_of(event: CatalogueEvent) -> UUID:
    """The stream that an event of the catalogue belongs to; keys of one name have one, so that of two processes which
    give it at the same time one is told."""
    return stream_id(_subject(event))


def _subject(event: CatalogueEvent) -> str:
    match event:
        case ActionDefined(_, definition):
            return definition.action
        case ActionRemoved(_, action):
            return action
        case SessionTimeoutSet():
            return "session timeout"
        case IssuerTrusted(_, issuer):
            return f"issuer {issuer.url}"
        case IssuerDistrusted(_, url):
            return f"issuer {url}"
        case KeyCreated(_, key):
            return f"key {key.name}"
        case _:
            return f"key {event.name}"


def advance(catalogue: Catalogue, events: Iterable[CatalogueEvent]) -> Catalogue:
    """The catalogue after the events that followed it."""
    known = dict(catalogue)
    for event in events:
        if isinstance(event, ActionDefined):
            known[event.definition.action] = _with_later_parameters(event.definition)
        elif isinstance(event, ActionRemoved):
            known.pop(event.action, None)
    return known


def replay(events: Iterable[CatalogueEvent], until: int | None = None) -> Catalogue:
    """The catalogue as its events left it, or as it stood at `until` (µs, inclusive).

    What is stored of an action wins over what is built in: a host may have defined it, or removed what it had defined,
    before a later version built it in.
    """
    return advance(BUILT_IN, (event for event in events if until is None or event.time <= until))


def define(catalogue: Catalogue, wanted: Definition, now: int) -> list[CatalogueEvent]:
    """Decide on a definition: nothing when the catalogue holds the same already.

    Raises `Rejected` for a malformed name, `InvalidDefinition` when an action that the engine writes is
    named, or when a built-in action would lose or change one of its parameters.
    """
    check_name(wanted.action)
    known = catalogue.get(wanted.action)
    original = BUILT_IN.get(wanted.action)
    if original is not None and (known is None or known.built_in):
        _check_extension(original, known or original, wanted)
        wanted = replace(wanted, built_in=True)
    return [] if known == wanted else [ActionDefined(now, wanted)]


def remove(catalogue: Catalogue, action: str, now: int) -> list[CatalogueEvent]:
    """Decide on the removal of a definition: nothing when there is none. Raises `InvalidDefinition` if built in."""
    known = catalogue.get(action)
    if known is not None and known.built_in:
        raise InvalidDefinition(f"{action} is built in and cannot be removed")
    return [] if known is None else [ActionRemoved(now, action)]


def _check_extension(original: Definition, known: Definition, wanted: Definition) -> None:
    for name, parameter in original.parameters.items():
        if wanted.parameters.get(name) not in (known.parameters.get(name, parameter), parameter):
            raise InvalidDefinition(f"{original.action} is built in: its parameter {name!r} must stay as it is")
    fixed = original.action in ENGINE_ACTIONS or original.action in TRANSACTION_ACTIONS
    if fixed and (wanted.access, wanted.session_activity) != (Access.SERVER, False):
        raise InvalidDefinition(f"{original.action} is written by the engine: access and session mark are fixed")


def _with_later_parameters(stored: Definition) -> Definition:
    # A host may have extended a built-in definition before it was given a parameter. If it gave its own the same name,
    # the host's stays; if it knew none that marks bots, it could not have a wish about them either.
    original = BUILT_IN.get(stored.action)
    if original is None or not stored.built_in or stored.parameters.keys() >= original.parameters.keys():
        return stored
    bots = stored.bots_in_sessions if BOT in stored.parameters else original.bots_in_sessions
    return replace(stored, parameters={**original.parameters, **stored.parameters}, bots_in_sessions=bots)
