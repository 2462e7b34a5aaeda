"""The server, or what lies before it, keeps the line open and says nothing any more: a call ends in good time all the
same, and goes through when answers come again."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest
import sqlalchemy as sa

import footfall
from footfall.infrastructure.database.dialects import deadline_connection

from ...conftest import Torture
from ...faults.proxy import Proxy
from ...made_up.writers import as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal, Sent
from ...watch.views import catch_up

STATEMENT = timedelta(seconds=0.5)
SILENCE_SECONDS = 1.0
WITHIN_SECONDS = 6.0
FOR_EVER = 3_600.0


def fall_silent(torture: Torture, url: str, times: int, patience: float | None) -> None:
    """Batches in, with a server that falls silent for longer than anybody waits; each is sent until it is taken."""
    footfall.open(url, partitions=4).close()
    journal = Journal(torture.folder / f"{torture.tally.cycles}.journal")
    with pytest.MonkeyPatch.context() as patch, Proxy(url) as proxy:
        patch.setattr(deadline_connection, "SILENCE_SECONDS", SILENCE_SECONDS if patience is None else patience)
        hasty = sa.make_url(proxy.url).update_query_dict({"connect_timeout": "2"})
        with footfall.open(hasty.render_as_string(hide_password=False), statement_timeout=STATEMENT) as engine:
            for number in range(times):
                torture.tally.cycles += 1
                batch = made_up(torture.rng, 10, 10)
                journal.about_to_send(str(number), batch)
                proxy.stall()
                call = Thread(target=_send, args=(engine, batch), daemon=True)
                call.start()
                call.join(torture.within(WITHIN_SECONDS, patience))
                if call.is_alive():
                    torture.tally.differs(f"a call has not ended after {WITHIN_SECONDS:.0f} s")
                proxy.flow()
                call.join()
                _send_again(engine, batch)
                journal.acknowledged(str(number))
    journal.close()
    catch_up(url, torture.tally)
    check(url, [journal.path], torture.tally)


def _send_again(engine: footfall.Engine, batch: list[Sent]) -> None:
    # Who waits for a second only takes a busy machine for a silent one at times.
    for _ in range(30):
        with suppress(footfall.StoreUnavailable, footfall.StoreBusy):
            engine.track_many(map(as_sent, batch))
            return
    raise AssertionError("nobody takes the batch in although answers come again")


def _send(engine: footfall.Engine, batch: list[Sent]) -> None:
    with suppress(footfall.StoreUnavailable):
        engine.track_many(map(as_sent, batch))


def test_a_call_ends_all_the_same(torture: Torture, postgres_url: str) -> None:
    times = torture.scaled(50, short=1)
    torture.endure(lambda without: fall_silent(torture, postgres_url, times, without), FOR_EVER)


def test_control_endless_patience(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: fall_silent(torture, postgres_url, 1, without), FOR_EVER)
