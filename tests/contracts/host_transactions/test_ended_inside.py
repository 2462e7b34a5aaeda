"""A host that ends its transaction inside the block, or closes connection or engine, is told so in our words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import footfall
from tests.contracts.host_transactions.hosts import Host
from tests.contracts.support import ALICE, OpenEngine, visit

pytestmark = pytest.mark.databases


def commit(host: Host) -> None:
    host.connection.commit()


def commit_by_hand(host: Host) -> None:
    host.execute("COMMIT")


def roll_back_by_hand(host: Host) -> None:
    host.execute("ROLLBACK")


def close(host: Host) -> None:
    host.connection.close()


ENDS: list[Callable[[Host], None]] = [commit, commit_by_hand, roll_back_by_hand, close]


@contextmanager
def transaction_that_may_fail(host: Host) -> Iterator[None]:
    """What the library says of a transaction that was ended elsewhere is between the host and its library."""
    told: list[BaseException] = []
    with suppress(Exception), host.transaction():
        try:
            yield
        except BaseException as error:
            told.append(error)
            raise
    if told:
        raise told[0]


def end_inside(engine: footfall.Engine, host: Host, end: Callable[[Host], None], after: Callable[[Any], None]) -> Any:
    """What comes of the block: an error of the host's own call, of ours, or nothing."""
    own: list[BaseException] = []
    try:
        with transaction_that_may_fail(host), engine.within(host.connection) as inside:
            inside.track_many([visit(ALICE, 0)])
            try:
                end(host)
            except Exception as error:
                own.append(error)
                raise
            after(inside)
    except BaseException as error:
        return "the host's own" if own and error is own[0] else error
    return None


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("goes_on", [True, False], ids=["goes on", "leaves"])
def test_a_transaction_that_is_ended_inside_is_told_of_in_our_words(
    engine: footfall.Engine, host: Host, end: Callable[[Host], None], goes_on: bool
) -> None:
    def after(inside: footfall.Tracking) -> None:
        if goes_on:
            inside.track_many([visit(ALICE, 1)])

    came = end_inside(engine, host, end, after)
    assert came == "the host's own" or isinstance(came, footfall.InvalidArgument), came
    assert engine.track_many([visit(ALICE, 2)])[0].status == "accepted"


def test_what_the_block_itself_raises_goes_through(engine: footfall.Engine, host: Host) -> None:
    class Own(Exception):
        pass

    def fail(_inside: object) -> None:
        raise Own

    assert isinstance(end_inside(engine, host, commit_by_hand, fail), Own)


def test_a_closed_engine_answers_nothing_inside_a_block(engine_at: OpenEngine, database_url: str, host: Host) -> None:
    engine = engine_at(database_url)
    with host.transaction(), engine.within(host.connection) as inside:
        inside.track_many([visit(ALICE, 0)])
        engine.close()
        with pytest.raises(footfall.EngineClosed):
            inside.track_many([visit(ALICE, 1)])
        with pytest.raises(footfall.EngineClosed):
            inside.profile(ALICE)
    assert engine_at(database_url).profile(ALICE).events == 1
