from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from footfall.domain.admission_rules import admit
from footfall.domain.builtin import BUILT_IN
from footfall.domain.catalogue import Catalogue
from footfall.domain.definition import Definition
from footfall.domain.errors import Reason, Rejected
from footfall.domain.sender import SERVER, Access, Sender
from tests.builders import CUSTOMER, OTHER, refused

SENDERS = {
    "server": SERVER,
    "authenticated": Sender.authenticated(CUSTOMER),
    "anonymous_with_jwt": Sender.anonymous_with_jwt(CUSTOMER),
    "anonymous": Sender.anonymous(CUSTOMER),
}
WHO_MAY = {
    "server": ["server"],
    "authenticated": ["server", "authenticated"],
    "anonymous_with_jwt": ["server", "authenticated", "anonymous_with_jwt"],
    "anonymous": ["server", "authenticated", "anonymous_with_jwt", "anonymous"],
}
ADMITTED = [(access, sender) for access, senders in WHO_MAY.items() for sender in senders]
DENIED = [(access, sender) for access in WHO_MAY for sender in SENDERS if (access, sender) not in ADMITTED]
ENGINE_ONLY = ["session.start", "session.end", "session.revise"]
ORDER_ONLY = ["transaction.charge", "product.buy"]


def catalogue_at(access: str) -> Catalogue:
    return {**BUILT_IN, "entries.count": Definition("entries.count", "", access=Access(access))}


@pytest.mark.parametrize(("access", "sender"), ADMITTED)
def test_each_level_admits_its_own_senders_and_all_more_trusted_ones(access: str, sender: str) -> None:
    catalogue = catalogue_at(access)
    assert admit(catalogue, "entries.count", CUSTOMER, SENDERS[sender]) == catalogue["entries.count"]


@pytest.mark.parametrize(("access", "sender"), DENIED)
def test_no_level_admits_less_trusted_senders(access: str, sender: str) -> None:
    with refused(Reason.ACCESS_DENIED):
        admit(catalogue_at(access), "entries.count", CUSTOMER, SENDERS[sender])


def test_the_tables_above_name_every_pair_of_levels() -> None:
    assert (len(ADMITTED), len(DENIED)) == (10, 6)
    assert list(SENDERS) == list(WHO_MAY) == [str(level) for level in Access]


@pytest.mark.parametrize("access", WHO_MAY)
@pytest.mark.parametrize("sender", ["authenticated", "anonymous_with_jwt", "anonymous"])
def test_a_client_speaks_for_no_other_customer_at_any_level(access: str, sender: str) -> None:
    reason = Reason.FOREIGN_CUSTOMER if sender in WHO_MAY[access] else Reason.ACCESS_DENIED
    with refused(reason):
        admit(catalogue_at(access), "entries.count", OTHER, SENDERS[sender])


def test_the_server_speaks_for_every_customer() -> None:
    for customer in (CUSTOMER, OTHER):
        assert admit(BUILT_IN, "page.visit", customer, SERVER) is BUILT_IN["page.visit"]


def test_a_client_that_names_no_customer_speaks_for_none() -> None:
    with refused(Reason.FOREIGN_CUSTOMER):
        admit(BUILT_IN, "page.visit", CUSTOMER, Sender(Access.ANONYMOUS))


def test_an_action_that_is_not_defined_is_refused() -> None:
    with refused(Reason.UNDEFINED_ACTION):
        admit(BUILT_IN, "entries.count", CUSTOMER, SERVER)


def test_a_malformed_action_is_refused_as_such() -> None:
    with refused(Reason.INVALID_ACTION):
        admit(BUILT_IN, "page.visit\n", CUSTOMER, SERVER)


@pytest.mark.parametrize("order", [False, True])
@pytest.mark.parametrize("action", ENGINE_ONLY)
def test_what_the_engine_writes_is_taken_from_nobody(action: str, order: bool) -> None:
    for sender in SENDERS.values():
        with refused(Reason.RESERVED_ACTION):
            admit(BUILT_IN, action, CUSTOMER, sender, order=order)


@pytest.mark.parametrize("action", ORDER_ONLY)
def test_transactions_come_from_their_own_call_only(action: str) -> None:
    with refused(Reason.RESERVED_ACTION):
        admit(BUILT_IN, action, CUSTOMER, SERVER)
    assert admit(BUILT_IN, action, CUSTOMER, SERVER, order=True).action == action
    with refused(Reason.ACCESS_DENIED):
        admit(BUILT_IN, action, CUSTOMER, SENDERS["authenticated"], order=True)


def test_a_reserved_action_stays_reserved_when_its_definition_is_changed() -> None:
    opened = replace(BUILT_IN["session.start"], access=Access.ANONYMOUS, built_in=False)
    with refused(Reason.RESERVED_ACTION):
        admit({**BUILT_IN, "session.start": opened}, "session.start", CUSTOMER, SENDERS["anonymous"])


def test_built_in_labels_are_those_of_the_rules() -> None:
    labels = [BUILT_IN[action].label for action in ("page.visit", "session.start", "session.end")]
    assert labels == ["Visited page {{title}}", "Started session", "Session end"]


def test_a_refusal_survives_the_way_to_another_process() -> None:
    refused = pickle.loads(pickle.dumps(Rejected(Reason.ACCESS_DENIED, "not by you")))  # noqa: S301  # our own
    assert (refused.reason, refused.detail) == (Reason.ACCESS_DENIED, "not by you")
