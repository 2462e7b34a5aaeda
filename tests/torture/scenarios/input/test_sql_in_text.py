"""SQL in every field of text: it is stored as it is written, found as it is written, and carried out by nobody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.domain import orders, params

from ...both import both
from ...conftest import Torture
from ...made_up.writers import Taking
from ...watch.plain_sql import query

SQL = [
    "'; DROP TABLE log; --",
    "' OR '1'='1",
    '"; DELETE FROM page_visits; --',
    "1; UPDATE profiles SET events = 0",
    "') ; SELECT pg_sleep(100); --",
    "\\'; DROP SCHEMA footfall CASCADE; --",
    "$$; DROP TABLE log; $$",
    "%s %(x)s :name ? ?1 $1 {0} {{x}}",
    "/* */ -- #",
    "E'\\x27' U&'\\0027' x'27'",
    "\\.",
    "a\tb\\N\\t\nc",
    '`x` [x] "x"',
    "SELECT * FROM log WHERE action LIKE '%_'",
]


def quotes_doubled(patch: pytest.MonkeyPatch) -> None:
    """Texts are changed on their way in, as it is done where SQL is put together from them."""
    plain = params.plain

    def doubled(given: Any, where: str = "params") -> dict[str, Any]:
        kept = plain(given, where)
        return {name: v.replace("'", "''") if isinstance(v, str) else v for name, v in kept.items()}

    for module in (params, orders):
        patch.setattr(module, "plain", doubled)


def write(torture: Torture, urls: tuple[str, str], rounds: int, taken_away: Taking | None) -> None:
    """SQL in params, their names, urls, attributes, orders, definitions; all of it is read back."""
    with pytest.MonkeyPatch.context() as patch, both(torture, *urls) as engines:
        if taken_away is not None:
            taken_away(patch)
        for _ in range(rounds):
            for text in torture.rng.sample(SQL, len(SQL)):
                who = UUID(int=torture.rng.getrandbits(128), version=4)
                torture.tally.cycles += 1
                for engine in engines.engines.values():
                    must_be_as_written(torture, engine, who, text)
        engines.check()
        tables = [query(url, "SELECT count(*) FROM footfall.log")[0][0] for url in urls]
        if tables[0] != tables[1]:
            torture.tally.differs(f"the logs hold {tables} events")


def must_be_as_written(torture: Torture, engine: footfall.Engine, who: UUID, text: str) -> None:
    """Write it wherever there is room for text, and read it back."""
    name = text[:64]
    definition = engine.define("sql.seen", label=text, description=text, parameters={name: footfall.String()})
    engine.track(who, "page.visit", {"url": text, "referrer": text, "title": text, name: text})
    engine.track(who, "sql.seen", {name: text})
    engine.update(who, {name: text})
    engine.charge(who, text, [{"sku": text}], currency=text)
    refused = engine.track(who, text, {"x": text})
    engine.catch_up()
    read = {
        "a definition": (definition.label, definition.description, [*definition.parameters]) == (text, text, [name]),
        "a param": {name: text} in [entry.params for entry in engine.timeline(who, raw=True)],
        "an order": {text} == {e.params["orderId"] for e in engine.timeline(who, raw=True) if "orderId" in e.params},
        "an attribute": engine.profile(who).attributes == {name: text},
        "a url": [(one.url, one.referrer, one.title) for one in engine.page_visits(who)] == [(text, text, text)],
        "the pages": text in [row.url for row in engine.pages(limit=None)],
        "a search": str(who) in [row.uuid for row in engine.profiles({name: text}, limit=None)],
        "no such search": engine.profiles({name: f"{text}'"}) == [],
        "a rejection": refused.status == "rejected"
        and any(row.uuid == str(who) for row in engine.rejected(limit=None)),
    }
    for what, same in read.items():
        if not same:
            torture.tally.differs(f"{what} is not as written: {text}")


def test_it_is_stored_as_it_is(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    rounds = torture.scaled(20, short=1)
    torture.endure(lambda without: write(torture, (sqlite_url, postgres_url), rounds, without), quotes_doubled)


def test_control_quotes_doubled(torture: Torture, sqlite_url: str, postgres_url: str) -> None:
    torture.control(lambda without: write(torture, (sqlite_url, postgres_url), 1, without), quotes_doubled)
