"""The reply to a COMMIT is lost: the call that stored the events answers `accepted`, and nothing is stored twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

import footfall

from ...conftest import Torture
from ...faults.proxy import Proxy
from ...faults.unprotected import drop_unique_event_ids, no_look_up
from ...made_up.writers import as_sent, made_up
from ...watch.checker import check
from ...watch.journal import Journal, Sent
from ...watch.views import catch_up


def lose_replies(torture: Torture, url: str, times: int, unprotected: bool | None) -> None:
    """Hand in batches of one and more until so many replies were lost; a caller that sees an error sends again."""
    footfall.open(url, partitions=4).close()
    journal = Journal(torture.folder / f"{torture.tally.cycles}.journal")
    with pytest.MonkeyPatch.context() as patch, Proxy(url) as proxy, footfall.open(proxy.url) as engine:
        if unprotected:
            drop_unique_event_ids(url)
            no_look_up(patch)
        number = 0
        while proxy.lost_replies < times:
            number += 1
            batch = made_up(torture.rng, torture.rng.choice([1, 1, 7]), 10)
            journal.about_to_send(str(number), batch)
            if torture.rng.random() < 0.7:
                proxy.lose_next_reply()
            must_go_in(torture, lambda: engine.track_many(map(as_sent, batch)), batch)  # noqa: B023  # called at once
            journal.acknowledged(str(number))
        torture.tally.cycles += proxy.lost_replies
    journal.close()
    catch_up(url, torture.tally)
    check(url, [journal.path], torture.tally)


def must_go_in(torture: Torture, send: Callable[[], Sequence[footfall.Result]], batch: Sequence[Sent]) -> None:
    """Send as often as a caller would that sees errors, and look at the answers: those of the first call tell what it
    did, those of another one may find what the first has done."""
    for expected in ({"accepted"}, *[{"accepted", "duplicate"}] * 4):
        try:
            answers = send()
        except footfall.StoreUnavailable:
            continue
        others = [one for one in answers if one.status not in expected]
        if others or len(answers) != len(batch):
            torture.tally.differs(f"answered {others[:3]} for {len(batch)} events")
        return
    torture.tally.differs("five times nobody took the batch in")


def test_nothing_is_stored_twice(torture: Torture, postgres_url: str) -> None:
    times = torture.scaled(200, short=30)
    torture.endure(lambda without: lose_replies(torture, postgres_url, times, without), True)


def test_control_no_unique_event_ids(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: lose_replies(torture, postgres_url, 5, without), True)
