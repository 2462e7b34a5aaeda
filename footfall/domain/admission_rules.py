"""Whether an event is admitted: who may send an action for whom, and whether its parameters are right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from . import moments
from .actions import ENGINE_ACTIONS, TRANSACTION_ACTIONS, check_name
from .catalogue import Catalogue
from .definition import BOT, Definition, ParameterType
from .errors import Reason, Rejected, shown
from .recognition import may_forget_who_it_is
from .sender import Access, Sender

ATTRIBUTES_ACCESS = Access.ANONYMOUS_WITH_JWT
"""Who may set attributes."""
_SERVER = Access.SERVER  # in Python 3.11 a member is found by way of its class's `__getattr__`, for every event here
_NAMED = 5
"""The version of ids that follow from a name (RFC 9562, 5.5)."""


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
    if sender.level is _SERVER:
        return definition
    if not definition.access.admits(sender.level):
        raise Rejected(
            Reason.ACCESS_DENIED, f"{action} may be sent at access {definition.access}, not by {sender.level} senders"
        )
    check_speaks_for(sender, customer)
    return definition


def check_speaks_for(sender: Sender, customer: UUID) -> None:
    """Raise `Rejected` (`foreign_customer`) when a client sender writes for another customer than its own."""
    if not may_write_for(sender, customer):
        raise Rejected(Reason.FOREIGN_CUSTOMER, f"this sender may write for {sender.customer} only, not {customer}")


def may_write_for(sender: Sender, customer: UUID) -> bool:
    """Whether a sender may write for a customer at all, and so may learn whether something is stored of it."""
    return sender.level is Access.SERVER or sender.customer == customer


def check_names(sender: Sender, event_id: UUID | None) -> None:
    """Raise `Rejected` (`invalid_event`) where a remote sender gives its event an id that follows from a name (version
    5), as those of orders do: it would take the place of what the server is to send."""
    if sender.remote and event_id is not None and event_id.version == _NAMED:
        raise Rejected(
            Reason.INVALID_EVENT,
            f"event_id {event_id} is of version 5, which is for servers: send a random one",
        )


def check_sets_attributes(sender: Sender, customer: UUID) -> None:
    """Raise `Rejected` (`access_denied`, `foreign_customer`) unless a sender may set attributes of a customer: they say
    who it is, so that a client needs a JWT, as it does for `form.submit`."""
    if not ATTRIBUTES_ACCESS.admits(sender.level):
        raise Rejected(
            Reason.ACCESS_DENIED, f"attributes may be set at access {ATTRIBUTES_ACCESS}, not by {sender.level} senders"
        )
    check_speaks_for(sender, customer)


def check_leaves_recognised(sender: Sender, attributes: Mapping[str, Any]) -> None:
    """Raise `Rejected` (`access_denied`) where a client whose token does not say who its customer is would end that the
    customer is recognised, or say that it is."""
    if not Access.AUTHENTICATED.admits(sender.level) and may_forget_who_it_is(attributes):
        raise Rejected(
            Reason.ACCESS_DENIED, "only a token that says who the customer is may change by what it is known"
        )


def is_activity(definition: Definition, params: Mapping[str, Any]) -> bool:
    """Whether an event is session activity: where its definition leaves bots out, not one with a `bot` that is true."""
    return definition.session_activity and (definition.bots_in_sessions or params.get(BOT) is not True)


def check_params(definition: Definition, params: Mapping[str, Any]) -> None:
    """Raise `Rejected` (`missing_parameter`, `wrong_type`) unless params have what is required, rightly typed."""
    required, exact_types = definition.checks
    for name in required:
        if params.get(name) is None:
            raise Rejected(Reason.MISSING_PARAMETER, f"parameter {name!r} of {definition.action} is required")
    for name, value in params.items():
        exactly = exact_types.get(name)
        if exactly is None or type(value) is exactly or value is None:
            continue
        kind = definition.parameters[name].type
        if not _MATCHES[kind](value):
            raise Rejected(
                Reason.WRONG_TYPE,
                f"parameter {name!r} of {definition.action} must be of type {kind}, not {shown(value)}",
            )


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_timestamp(value: Any) -> bool:
    try:
        moments.parse(value)
    except Rejected:
        return False
    return isinstance(value, str | int)


_MATCHES: dict[ParameterType, Callable[[Any], bool]] = {
    ParameterType.STRING: lambda value: isinstance(value, str),
    ParameterType.INTEGER: _is_integer,
    ParameterType.NUMBER: _is_number,
    ParameterType.BOOLEAN: lambda value: isinstance(value, bool),
    ParameterType.TIMESTAMP: _is_timestamp,
    ParameterType.OBJECT: lambda value: isinstance(value, dict),
    ParameterType.ARRAY: lambda value: isinstance(value, list | tuple),
}
