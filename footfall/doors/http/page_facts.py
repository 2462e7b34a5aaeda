"""What the door adds to what browsers send: which browser and device, which language and campaign, and whether a bot.

For what comes from browsers by itself; a backend or an app speaks for somebody else's browser, or for none.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ...domain.actions import PAGE_VISIT
from ...domain.builtin import PAGE_FACTS
from ...domain.definition import BOT
from ...engine.async_engine import AsyncEngine
from .page_fact_settings import CAMPAIGN, AddressForm, PageFactSettings
from .user_agents import UserAgent, user_agent

_LONGEST = 256
_MOST_FIELDS = 200
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class PageFacts:
    """Tells events of browsers, with the facts that the store has parameters for."""

    def __init__(self, engine: AsyncEngine, settings: PageFactSettings) -> None:
        self._engine, self._settings = engine, settings
        self._fitting: PageFactSettings | None = None

    async def told(self, items: list[Any], headers: Mapping[bytes, bytes], address: str | None) -> list[Any]:
        """What `browser_events` makes of them. Raises `FootfallError` where the store cannot be asked."""
        if self._fitting is None:
            self._fitting = self._settings.fitting((await self._engine.definitions())[PAGE_VISIT])
        return browser_events(items, headers, address, self._fitting)


def browser_events(
    items: list[Any], headers: Mapping[bytes, bytes], address: str | None, settings: PageFactSettings
) -> list[Any]:
    """Events as a browser sends them in one request, with what the door knows. What is no event is left as it is."""
    texts = {name: headers.get(name.encode(), b"").decode("latin-1") for name in ("user-agent", "accept-language")}
    return [_told(item, texts, address, settings) for item in items]


def _told(item: Any, headers: Mapping[str, str], address: str | None, settings: PageFactSettings) -> Any:
    action, params = (item.get("action"), item.get("params")) if isinstance(item, dict) else (None, None)
    if not isinstance(action, str) or not isinstance(params, dict):
        return item
    return {**item, "params": with_facts(action, params, headers, address, settings)}


def with_facts(
    action: str,
    params: Mapping[str, Any],
    headers: Mapping[str, str],
    address: str | None,
    settings: PageFactSettings,
) -> dict[str, Any]:
    """The params of an event that a browser sends, with what the door knows: of a page visit all facts, of other
    events whether a bot is behind them. Facts win over what is claimed, but a browser may say that it is a bot."""
    if action == PAGE_VISIT:
        url = params.get("url")
        facts = page_facts(headers, address, url if isinstance(url, str) else None, settings)
        claimed = PAGE_FACTS & settings.facts
        kept = {name: value for name, value in params.items() if name not in claimed or (name == BOT and value is True)}
        return kept | facts
    return {**params, BOT: True} if BOT in settings.facts and _seen(headers, settings).is_bot else dict(params)


def page_facts(
    headers: Mapping[str, str], address: str | None, url: str | None, settings: PageFactSettings
) -> dict[str, Any]:
    """The facts of a page visit, by the names of their parameters; what is not known is not there.

    `headers`: those of the request, by their names in lower case; `address`: of the browser, as text; `url`: of the
    page that was visited. Never raises: whatever they hold, the visit is worth more than its facts.
    """
    seen = _seen(headers, settings)
    facts = {
        "browser": seen.browser,
        "device": seen.device,
        "language": _language(headers.get("accept-language", "")),
        **_campaign(url or ""),
        "address": _address(address or "", settings),
        BOT: seen.is_bot or None,
    }
    return {name: value for name, value in facts.items() if value is not None and name in settings.facts}


def _seen(headers: Mapping[str, str], settings: PageFactSettings) -> UserAgent:
    return user_agent(headers.get("user-agent", ""), settings.no_bots)


def _language(accepted: str) -> str | None:
    first = accepted.partition(",")[0].partition(";")[0].strip()
    if _LANGUAGE.fullmatch(first) is None:
        return None
    language, *further = first.split("-")
    return "-".join([language.lower(), *(part.upper() if len(part) == 2 else part for part in further)])


def _campaign(url: str) -> dict[str, str]:
    if "utm_" not in url:
        return {}
    try:
        fields = parse_qsl(urlsplit(url).query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    given = {CAMPAIGN[name]: value[:_LONGEST] for name, value in reversed(fields) if name in CAMPAIGN}
    return {name: value for name, value in given.items() if "\0" not in value}


def _address(address: str, settings: PageFactSettings) -> str | None:
    if settings.address is None or (found := _parsed(address)) is None:
        return None
    if settings.address is AddressForm.HASHED:
        return hmac.digest(settings.address_key, found.packed, "sha256").hex()
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
