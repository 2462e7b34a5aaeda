"""The log in memory, where it differs from a database: one process, one writer at a time."""

from __future__ import annotations

import pytest

from footfall.application.ports.errors import StoreBusy
from footfall.testing import InMemoryLog, log
from tests.contracts.log.streams import activity, append, appends, facts_of, recorded, write
from tests.contracts.support import ALICE, BOB


def test_a_transaction_within_another_is_refused_instead_of_waiting_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "BUSY_SECONDS", 0.01)
    memory = InMemoryLog()
    with memory.transaction([ALICE]) as transaction:
        with pytest.raises(StoreBusy), memory.transaction([BOB]):
            pass
        write(transaction, appends(recorded(ALICE, [activity("a", 0)])))
    append(memory, *recorded(BOB, [activity("b", 0)]))
    assert (facts_of(memory, ALICE), facts_of(memory, BOB)) == ([activity("a", 0)], [activity("b", 0)])


def test_a_follower_is_woken_by_a_commit_and_by_nothing_that_failed() -> None:
    memory = InMemoryLog()
    before = memory.commits
    with pytest.raises(ZeroDivisionError), memory.transaction([ALICE]):
        raise ZeroDivisionError
    assert memory.commits == before
    append(memory, *recorded(ALICE, [activity("a", 0)]))
    memory.wait_for_commit(before, seconds=3_600)
    assert memory.commits == before + 1
