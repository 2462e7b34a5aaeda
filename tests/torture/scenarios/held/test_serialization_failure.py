"""PostgreSQL gives transactions up, for deadlocks and serialization failures: they are tried again, nobody is told."""

from __future__ import annotations

import pytest

import footfall

from ...conftest import Torture
from ...faults.unprotected import no_retries
from ...made_up.writers import NOON, Taking, as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal
from ...watch.plain_sql import query
from ...watch.views import catch_up

YEAR = 365 * 24 * 60 * 60 * 1_000_000
# A sequence goes on where a transaction is rolled back, so it counts the faults. A transaction inserts into a table
# once, and moves every cursor of every view.
INJECT = """
CREATE SEQUENCE IF NOT EXISTS faults;
CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF random() < TG_ARGV[0]::float THEN
        RAISE EXCEPTION 'injected' USING ERRCODE = CASE WHEN nextval('faults') % 2 = 0 THEN '40001' ELSE '40P01' END;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER fault BEFORE INSERT ON footfall.log FOR EACH STATEMENT EXECUTE FUNCTION fault(0.1);
CREATE OR REPLACE TRIGGER fault BEFORE INSERT ON footfall.page_visits FOR EACH STATEMENT EXECUTE FUNCTION fault(0.1);
CREATE OR REPLACE TRIGGER fault BEFORE UPDATE ON footfall.checkpoints FOR EACH STATEMENT EXECUTE FUNCTION fault(0.005);
"""
HEAL = "; ".join(f"DROP TRIGGER fault ON footfall.{table}" for table in ("log", "page_visits", "checkpoints"))


def inject(torture: Torture, url: str, faults: int, taken_away: Taking | None) -> None:
    """Write, fold, define and sweep until so many transactions were given up."""
    journal = Journal(torture.folder / f"{torture.tally.cycles}.journal")
    now = NOON + YEAR
    with pytest.MonkeyPatch.context() as patch, footfall.open(url, partitions=4, clock=lambda: now) as engine:
        if taken_away is not None:
            taken_away(patch)
        query(url, INJECT)
        number, injected = 0, _injected(url)
        while (done := _injected(url) - injected) < faults:
            number += 1
            batch = made_up(torture.rng, 5, 20)
            journal.about_to_send(f"{injected} {number}", batch)
            try:
                engine.track_many(map(as_sent, batch))
                journal.acknowledged(f"{injected} {number}")
                engine.define("cart.open", label=f"Cart {number}")
                engine.sweep()
                engine.catch_up()
            except footfall.FootfallError as error:
                torture.tally.differs(f"a caller saw {error}")
        torture.tally.cycles += done
        query(url, HEAL)
    journal.close()
    catch_up(url, torture.tally)
    check(url, [journal.path], torture.tally)


def _injected(url: str) -> int:
    last, called = query(url, "SELECT last_value, is_called FROM faults")[0]
    return last if called else 0


def test_nobody_is_told(torture: Torture, postgres_url: str) -> None:
    faults = torture.scaled(1_000, short=50)
    torture.endure(lambda without: inject(torture, postgres_url, faults, without), no_retries)


def test_control_no_retries(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: inject(torture, postgres_url, 5, without), no_retries)
