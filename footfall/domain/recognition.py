"""Whether a customer is recognised, and who may write for one that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .actions import CLIENT_LOGIN
from .customer import Customer
from .errors import Reason, Rejected
from .events import AttributesUpdated, Fact
from .profile import IDENTIFIERS
from .sender import Access, Sender

RECOGNISED = "recognised"
"""The attribute by which a backend says that a customer is, without an identifier."""


def is_recognised(state: Customer) -> bool:
    """Whether a customer has an identifier, was said to be recognised, or has logged in."""
    if CLIENT_LOGIN in state.counts:
        return True
    known = state.attributes
    if not known:
        return False
    said = known.get(RECOGNISED)
    if said is not None and said.value is True:
        return True
    return any(name in known and known[name].value is not None for name in IDENTIFIERS)


def may_recognise(fact: Fact) -> bool:
    """Whether a fact may be what makes a customer recognised."""
    return isinstance(fact, AttributesUpdated) or fact.action == CLIENT_LOGIN


def may_forget_who_it_is(attributes: Mapping[str, Any]) -> bool:
    """Whether an update may end that a customer is recognised, or says that it is."""
    return RECOGNISED in attributes or any(name in attributes and attributes[name] is None for name in IDENTIFIERS)


def is_closed(state: Customer, sender: Sender) -> bool:
    """Whether a customer is closed to a sender: a recognised one to whoever has no JWT."""
    return sender.level is Access.ANONYMOUS and is_recognised(state)


def closed_to_anonymous() -> Rejected:
    """The refusal of an anonymous sender (`access_denied`). It says nothing of the customer but that a JWT is needed,
    which is what another customer's would be told."""
    return Rejected(
        Reason.ACCESS_DENIED, "this sender may not write for the customer that it names: a token of the customer's must"
    )
