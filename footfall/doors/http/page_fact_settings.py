"""Which facts the door adds to page visits, and how much of an address is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from ...domain.actions import PAGE_VISIT
from ...domain.builtin import BUILT_IN, PAGE_FACTS
from ...domain.definition import Definition
from ...domain.errors import InvalidArgument
from .user_agents import NO_BOTS

CAMPAIGN = {
    "utm_source": "utmSource",
    "utm_medium": "utmMedium",
    "utm_campaign": "utmCampaign",
    "utm_term": "utmTerm",
    "utm_content": "utmContent",
}
_ALL = PAGE_FACTS | frozenset(CAMPAIGN.values())
_SHORTEST_KEY = 32


class AddressForm(StrEnum):
    """How a visitor's address is kept: as HMAC-SHA-256 in hex, or as its network (/24 of IPv4, /48 of IPv6)."""

    HASHED = "hashed"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFactSettings:
    """Which facts are added, by the names of their parameters, and how addresses are kept: not at all, unless said.

    `no_bots`: kinds of programs, by the tags of the list of bots, that are not marked. Raises `InvalidArgument` for a
    name that is no fact's, and for addresses to be hashed without a key of 32 bytes.
    """

    facts: frozenset[str] = _ALL
    address: AddressForm | None = None
    address_key: bytes = field(default=b"", repr=False)
    no_bots: frozenset[str] = NO_BOTS

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if unknown := self.facts - _ALL:
            raise InvalidArgument(f"there are no page facts {sorted(unknown)}, but {sorted(_ALL)}")
        if self.address is AddressForm.HASHED and len(self.address_key) < _SHORTEST_KEY:
            raise InvalidArgument(
                "addresses are hashed with a key of 32 bytes or more: address_key=secrets.token_bytes(32), or for "
                "footfall serve FOOTFALL_ADDRESS_KEY in hex, as openssl rand -hex 32 writes it"
            )

    def fitting(self, visits: Definition) -> PageFactSettings:
        """Without the facts whose parameter a store defines otherwise for page visits, which it would refuse."""
        ours = BUILT_IN[PAGE_VISIT].parameters
        there = visits.parameters
        return replace(
            self, facts=frozenset(name for name in self.facts if name in there and there[name].type is ours[name].type)
        )


def page_facts_named(names: str, address: str | None, address_key: str) -> PageFactSettings:
    """The settings that are written as texts: names with commas between, `all` or `none`; the form of an address; a key
    in hex. Raises `InvalidArgument`."""
    named = frozenset(name.strip() for name in names.split(",") if name.strip())
    facts = {"all": _ALL, "none": frozenset[str]()}.get(names.strip(), named)
    if address not in (None, *AddressForm):
        raise InvalidArgument(f"an address is kept {' or '.join(AddressForm)}, not {address!r}")
    try:
        key = bytes.fromhex(address_key)
    except ValueError:
        raise InvalidArgument("the key for addresses is written in hex, as openssl rand -hex 32 does") from None
    if address is None:
        return PageFactSettings(facts=facts, address_key=key)
    return PageFactSettings(facts=facts | {"address"}, address=AddressForm(address), address_key=key)
