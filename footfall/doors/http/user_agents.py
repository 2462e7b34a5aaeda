"""What a user agent tells: the family of a browser, the class of a device, and whether it is a bot.

The family and the operating system come from ua-parser (the rules of uap-core), in pure Python: its faster resolvers
take 30 MB, and answers are kept. The class follows from the system and from what browsers agree on to say (`Mobile`,
`Tablet`, `TV`). Bots are those of the list crawler-user-agents.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from ua_parser import BasicResolver, Parser, load_lazy_builtins

_LONGEST = 256
"""More is not looked at: nearly all browsers and bots say who they are by then, and what takes long is what is long."""
_KEPT = 4_096

NO_BOTS = frozenset({"http-library", "browser-automation"})
"""Kinds on the list that are not marked: apps send by libraries, and sites are tested by automated browsers."""

# On the list, though people use them: what Facebook and Viber show pages in, and every phone of one Android build.
_PEOPLE = frozenset({"MetaIAB Facebook", "Viber", r"AP3A\.240617\.008"})

_CLASSES = (
    ("tv", re.compile(r"\bTV\b|SmartTV|AppleTV|GoogleTV|HbbTV|Web0S|BRAVIA|\bAFT[A-Z]|CrKey|\bRoku")),
    ("console", re.compile(r"PlayStation|Nintendo|Xbox")),
    ("tablet", re.compile(r"iPad|Tablet|Kindle|PlayBook|Android(?!.*Mobi)")),
    ("phone", re.compile(r"Mobi|iPhone|iPod|Windows Phone")),
)
_DESKTOPS = frozenset({"Windows", "Mac OS X", "Linux", "Ubuntu", "Fedora", "Debian", "Chrome OS", "FreeBSD", "OpenBSD"})


class UserAgent(NamedTuple):
    """The family of a browser as uap-core names it; desktop, phone, tablet, tv or console; None where not known."""

    browser: str | None = None
    device: str | None = None
    is_bot: bool = False


@lru_cache(_KEPT)
def _read(text: str, no_bots: frozenset[str]) -> UserAgent:
    parser = _parser()
    browser, system = parser.parse_user_agent(text), parser.parse_os(text)
    device = next((name for name, tokens in _CLASSES if tokens.search(text)), None)
    if device is None and system is not None and system.family in _DESKTOPS:
        device = "desktop"
    return UserAgent(browser.family if browser else None, device, any(some.search(text) for some in _bots(no_bots)))


def user_agent(text: str, no_bots: frozenset[str] = NO_BOTS) -> UserAgent:
    """What a `User-Agent` header tells; bots are those on the list, but for kinds (its tags) in `no_bots`."""
    return _read(text[:_LONGEST], no_bots)


@cache
def _parser() -> Parser:
    return Parser(BasicResolver(load_lazy_builtins()))


@cache
def _bots(no_bots: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # it reads its list when it is imported

    patterns = [
        bot["pattern"]
        for bot in CRAWLER_USER_AGENTS_DATA
        if no_bots.isdisjoint(bot.get("tags", ())) and bot["pattern"] not in _PEOPLE
    ]
    # Twenty-five at a time, for of a thousand alternatives each would be tried at every character.
    return tuple(re.compile("|".join(patterns[at : at + 25])) for at in range(0, len(patterns), 25))
