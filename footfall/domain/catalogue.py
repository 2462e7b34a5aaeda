"""The catalogue: which actions are known, how they changed, and whether an event is admitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from .actions import ENGINE_ACTIONS, TRANSACTION_ACTIONS, check_name
from .builtin import BUILT_IN
from .definition import Definition
from .derived_id import derived_id
from .errors import InvalidDefinition, Reason, Rejected
from .events import ActionDefined, ActionRemoved, CatalogueEvent, SessionTimeoutSet
from .sender import Access, Sender

_NAMESPACE = UUID("0d6d11c2-5c4e-5a53-9d6c-0a4f5c3f8a11")
Catalogue = Mapping[str, Definition]


def stream_id(subject: str) -> UUID:
    """The stream that holds the definition of an action, or another setting, whose name no action can have."""
    return derived_id(_NAMESPACE, subject)


def stream_of(event: CatalogueEvent) -> UUID:
    """The stream that an event of the catalogue belongs to."""
    if isinstance(event, SessionTimeoutSet):
        return stream_id("session timeout")
    return stream_id(event.action if isinstance(event, ActionRemoved) else event.definition.action)


def evolve(catalogue: Catalogue, event: CatalogueEvent) -> Catalogue:
    """The catalogue after one more event."""
    if isinstance(event, SessionTimeoutSet):
        return catalogue
    if isinstance(event, ActionDefined):
        return {**catalogue, event.definition.action: event.definition}
    return {action: known for action, known in catalogue.items() if action != event.action}


def replay(events: Iterable[CatalogueEvent], until: int | None = None) -> Catalogue:
    """The catalogue as its events left it, or as it stood at `until` (µs, inclusive)."""
    catalogue: Catalogue = BUILT_IN
    for event in events:
        if until is None or event.time <= until:
            catalogue = evolve(catalogue, event)
    return catalogue


def define(catalogue: Catalogue, wanted: Definition, now: int) -> list[CatalogueEvent]:
    """Decide on a definition: nothing when the catalogue holds the same already.

    Raises `Rejected` for a malformed name, `InvalidDefinition` when an action that the engine writes is
    named, or when a built-in action would lose or change one of its parameters.
    """
    check_name(wanted.action)
    original = BUILT_IN.get(wanted.action)
    if original is not None:
        _check_extension(original, wanted)
        wanted = msgspec.structs.replace(wanted, built_in=True)
    return [] if catalogue.get(wanted.action) == wanted else [ActionDefined(now, wanted)]


def remove(catalogue: Catalogue, action: str, now: int) -> list[CatalogueEvent]:
    """Decide on the removal of a definition: nothing when there is none. Raises `InvalidDefinition` if built in."""
    if action in BUILT_IN:
        raise InvalidDefinition(f"{action} is built in and cannot be removed")
    return [ActionRemoved(now, action)] if action in catalogue else []


def _check_extension(original: Definition, wanted: Definition) -> None:
    for name, parameter in original.parameters.items():
        if wanted.parameters.get(name) != parameter:
            raise InvalidDefinition(f"{original.action} is built in: its parameter {name!r} must stay as it is")
    fixed = original.action in ENGINE_ACTIONS or original.action in TRANSACTION_ACTIONS
    if fixed and (wanted.access, wanted.session_activity) != (Access.SERVER, False):
        raise InvalidDefinition(f"{original.action} is written by the engine: access and session mark are fixed")


def admit(catalogue: Catalogue, action: str, customer: UUID, sender: Sender, *, order: bool = False) -> Definition:
    """The definition under which `sender` may send `action` for `customer`; `order`: from the transactions call.

    Raises `Rejected`: `invalid_action`, `reserved_action`, `undefined_action`, `access_denied`, `foreign_customer`.
    """
    definition = catalogue.get(action)
    if definition is None:
        check_name(action)
        raise Rejected(Reason.UNDEFINED_ACTION, f"action {action} is not defined; define it, then redrive")
    if action in ENGINE_ACTIONS:
        raise Rejected(Reason.RESERVED_ACTION, f"{action} is written by the engine alone")
    if action in TRANSACTION_ACTIONS and not order:
        raise Rejected(Reason.RESERVED_ACTION, f"{action} comes from the transactions call only")
    if sender.level is Access.SERVER:
        return definition
    if not definition.access.admits(sender.level):
        raise Rejected(
            Reason.ACCESS_DENIED, f"{action} may be sent at access {definition.access}, not by {sender.level} senders"
        )
    check_speaks_for(sender, customer)
    return definition


def check_speaks_for(sender: Sender, customer: UUID) -> None:
    """Raise `Rejected` (`foreign_customer`) when a client sender writes for another customer than its own."""
    if sender.level is not Access.SERVER and sender.customer != customer:
        raise Rejected(Reason.FOREIGN_CUSTOMER, f"this sender may write for {sender.customer} only, not {customer}")
