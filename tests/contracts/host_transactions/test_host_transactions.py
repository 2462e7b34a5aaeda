"""An event in the host's own transaction stands or falls with the host's rows, whichever library it uses."""

from __future__ import annotations

import pytest

import footfall
from tests.contracts.host_transactions.hosts import Host, actions, given_up
from tests.contracts.support import ALICE, BOB, OpenEngine, gapless, named, statuses, versions, visit

pytestmark = pytest.mark.databases


def test_what_is_tracked_inside_is_there_when_the_host_has_committed(engine: footfall.Engine, host: Host) -> None:
    with host.transaction():
        host.order(1)
        with engine.within(host.connection) as inside:
            assert inside.track(ALICE, "page.visit", {"url": "/"}).status == "accepted"
            assert inside.update(ALICE, {"email": "a@shop.example"}).status == "accepted"
            assert inside.charge(ALICE, "order-1", [{"sku": "T-100"}], revenue=5).status == "accepted"
            assert statuses(inside.track_many([visit(BOB, 1), visit(BOB, 2)])) == ["accepted", "accepted"]
        host.order(2)
    assert host.orders() == [1, 2]
    assert engine.profile(ALICE).attributes == {"email": "a@shop.example"}
    assert sorted(actions(engine, ALICE)) == ["page.visit", "product.buy", "transaction.charge"]
    assert [row.url for row in engine.page_visits(BOB, fresh=True)] == ["/", "/"]


def test_what_is_stored_is_known_inside_whatever_the_rules_are_by_now(engine: footfall.Engine, host: Host) -> None:
    engine.define("basket.fill")
    filled = {"uuid": ALICE, "action": "basket.fill", "params": {"n": 1}, "event_id": named("filled")}
    engine.track_many([filled])
    engine.undefine("basket.fill")
    with host.transaction(), engine.within(host.connection) as inside:
        host.order(1)
        other = filled | {"params": {"n": 2}}
        results = inside.track_many([filled, other, filled | {"event_id": named("new")}])
        assert [str(one.reason or one.status) for one in results] == ["duplicate", "conflict", "undefined_action"]
        order = {"uuid": BOB, "order_id": "order-1", "items": [{"sku": "tea", "price": 6}]}
        assert statuses(inside.charge_many([order, order])) == ["accepted", "duplicate"]
        assert statuses(inside.update_many([{"uuid": BOB, "attributes": {"plan": "gold"}}])) == ["accepted"]
    assert engine.profile(BOB).attributes == {"plan": "gold"}


def test_nobody_else_sees_it_before_the_host_commits(engine: footfall.Engine, host: Host) -> None:
    with host.transaction():
        host.order(1)
        with engine.within(host.connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})
        assert engine.profile(ALICE).counts == {}
        assert host.orders() == []
    assert engine.profile(ALICE).counts == {"page.visit": 1}


def test_its_own_reads_see_it_at_once(engine: footfall.Engine, host: Host) -> None:
    engine.track(ALICE, "page.visit", {"url": "/before"})
    with host.transaction(), engine.within(host.connection) as inside:
        inside.track(ALICE, "page.visit", {"url": "/"})
        assert inside.profile(ALICE).counts == {"page.visit": 2}
        assert actions(inside, ALICE) == ["page.visit", "page.visit"]
        assert inside.profile(ALICE, as_of="2020-01-01").counts == {}


def test_it_goes_when_the_host_rolls_back(engine: footfall.Engine, host: Host) -> None:
    with given_up(host.transaction()):
        host.order(1)
        with engine.within(host.connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})
            inside.track(ALICE, "shop.unheard-of")
    assert host.orders() == []
    assert engine.profile(ALICE).counts == {}
    assert engine.rejected() == []
    assert engine.track(ALICE, "page.visit", {"url": "/"}).status == "accepted"


def test_it_goes_when_the_host_rolls_back_to_a_savepoint_and_the_rest_stays(
    engine: footfall.Engine, host: Host
) -> None:
    with host.transaction():
        host.order(1)
        with engine.within(host.connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})
        with given_up(host.savepoint()):
            host.order(2)
            with engine.within(host.connection) as inside:
                inside.track(BOB, "page.visit", {"url": "/"})
        with engine.within(host.connection) as inside:
            assert inside.profile(BOB).counts == {}
            inside.track(BOB, "screen.view")
    assert host.orders() == [1]
    assert engine.profile(ALICE).counts == {"page.visit": 1}
    assert engine.profile(BOB).counts == {"screen.view": 1}
    assert gapless(versions(host.url).values())


def test_a_savepoint_of_the_host_inside_the_block_takes_only_its_own_events(
    engine: footfall.Engine, host: Host
) -> None:
    with host.transaction(), engine.within(host.connection) as inside:
        with given_up(host.savepoint()):
            inside.track(ALICE, "page.visit", {"url": "/"})
        inside.track(BOB, "page.visit", {"url": "/"})
        inside.track(ALICE, "screen.view")
    assert engine.profile(ALICE).counts == {"screen.view": 1}
    assert engine.profile(BOB).counts == {"page.visit": 1}


def test_an_exception_in_the_block_undoes_the_block_and_the_host_goes_on(engine: footfall.Engine, host: Host) -> None:
    with host.transaction():
        host.order(1)
        with given_up(engine.within(host.connection)) as inside:
            host.order(2)
            inside.track(ALICE, "page.visit", {"url": "/"})
        host.order(3)
        with engine.within(host.connection) as inside:
            inside.track(BOB, "page.visit", {"url": "/"})
    assert host.orders() == [1, 3]
    assert engine.profile(ALICE).counts == {}
    assert engine.profile(BOB).counts == {"page.visit": 1}


def test_a_statement_of_the_host_that_fails_in_the_block_is_the_hosts_own_error(
    engine: footfall.Engine, host: Host
) -> None:
    def order_again() -> None:
        with engine.within(host.connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})
            host.order(1)

    with host.transaction():
        host.order(1)
        with pytest.raises(Exception, match=r"(?i)unique") as failed:
            order_again()
        assert not isinstance(failed.value, footfall.FootfallError)
        host.order(2)
    assert host.orders() == [1, 2]
    assert engine.profile(ALICE).counts == {}


def test_answers_are_those_of_an_engine(engine: footfall.Engine, host: Host) -> None:
    engine.track_many([visit(ALICE, 1)])
    with host.transaction(), engine.within(host.connection) as inside:
        conflict = {**visit(ALICE, 1), "params": {"url": "/other"}}
        unheard_of = {**visit(ALICE, 2), "action": "shop.unheard-of"}
        first = inside.track_many([visit(ALICE, 1), conflict, visit(BOB, 1), unheard_of])
        again = inside.track_many([visit(ALICE, 1), visit(BOB, 1)])
        foreign = inside.track(BOB, "page.visit", {"url": "/"}, sender=footfall.Sender.anonymous(ALICE))
        order = [inside.charge(BOB, "order-1", [{"sku": "T-100"}]).status for _ in range(2)]
    assert statuses(first) == ["duplicate", "rejected", "accepted", "rejected"]
    assert [one.reason for one in first] == [None, "conflict", None, "undefined_action"]
    assert statuses(again) == ["duplicate", "duplicate"]
    assert foreign.reason == "foreign_customer"
    assert order == ["accepted", "duplicate"]
    assert [row.reason for row in engine.rejected()] == ["conflict", "undefined_action", "foreign_customer"]


def test_an_event_that_was_rolled_back_is_no_duplicate(engine: footfall.Engine, host: Host) -> None:
    for _ in range(2):
        with given_up(host.transaction()), engine.within(host.connection) as inside:
            assert statuses(inside.track_many([visit(ALICE, 1)])) == ["accepted"]
    with host.transaction(), engine.within(host.connection) as inside:
        assert statuses(inside.track_many([visit(ALICE, 1)])) == ["accepted"]
    assert statuses(engine.track_many([visit(ALICE, 1)])) == ["duplicate"]


def test_the_engine_notices_what_the_host_has_committed(engine: footfall.Engine, host: Host) -> None:
    engine.track(ALICE, "page.visit", {"url": "/"})
    with host.transaction(), engine.within(host.connection) as inside:
        inside.track(ALICE, "page.visit", {"url": "/"})
    engine.track(ALICE, "page.visit", {"url": "/"})
    with given_up(host.transaction()), engine.within(host.connection) as inside:
        inside.track(ALICE, "page.visit", {"url": "/"})
    engine.track(ALICE, "page.visit", {"url": "/"})
    assert engine.profile(ALICE).counts == {"page.visit": 4}
    assert gapless(versions(host.url).values())


def test_more_than_one_batch_and_more_than_a_snapshots_worth(engine: footfall.Engine, host: Host) -> None:
    with host.transaction(), engine.within(host.connection) as inside:
        results = inside.track_many([visit(ALICE, minute) for minute in range(700)])
        assert inside.profile(ALICE).counts == {"page.visit": 700}
    assert set(statuses(results)) == {"accepted"}
    assert engine.stats(fresh=True).page_visits == 700


def test_a_catalogue_that_another_one_changed_meanwhile_is_read_again(engine: footfall.Engine, host: Host) -> None:
    with host.transaction(), engine.within(host.connection) as inside:
        assert inside.track(ALICE, "shop.wished").reason == "undefined_action"
    with footfall.open(host.url) as another:
        another.define("shop.wished")
    with host.transaction(), engine.within(host.connection) as inside:
        assert inside.track(ALICE, "shop.wished").status == "accepted"
        assert actions(inside, ALICE) == ["shop.wished"]


def test_nothing_is_to_be_done_with_it_after_the_block(engine: footfall.Engine, host: Host) -> None:
    with host.transaction():
        with engine.within(host.connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})
        with pytest.raises(footfall.InvalidArgument, match="block has ended"):
            inside.track(ALICE, "page.visit", {"url": "/"})
        with pytest.raises(footfall.InvalidArgument, match="block has ended"):
            inside.profile(ALICE)
    assert engine.profile(ALICE).counts == {"page.visit": 1}


def test_a_block_in_which_nothing_happens_changes_nothing(engine: footfall.Engine, host: Host) -> None:
    with host.transaction():
        host.order(1)
        with engine.within(host.connection):
            pass
    assert host.orders() == [1]
    assert engine.status().log_head == 1


def test_a_call_inside_raises_as_the_engine_was_told_and_caught_there_undoes_nothing(
    engine_at: OpenEngine, host: Host
) -> None:
    strict = engine_at(host.url, on_rejection="raise")
    with host.transaction(), strict.within(host.connection) as inside:
        with pytest.raises(footfall.Rejected, match="1 of 2 were rejected, the first for missing_par") as caught:
            inside.track_many([visit(ALICE, 0), visit(ALICE, 1) | {"params": {}}])
        assert [bool(result) for result in caught.value.results] == [True, False]
        inside.track(ALICE, "screen.view")
    assert strict.profile(ALICE).counts == {"page.visit": 1, "screen.view": 1}
    assert [one.reason for one in strict.rejected()] == ["missing_parameter"]


def test_a_call_inside_that_raises_undoes_the_block_that_it_leaves(engine_at: OpenEngine, host: Host) -> None:
    strict = engine_at(host.url, on_rejection="raise")
    with host.transaction():
        host.order(1)
        with pytest.raises(footfall.Rejected), strict.within(host.connection) as inside:
            inside.track_many([visit(ALICE, 0), visit(ALICE, 1) | {"params": {}}])
    assert host.orders() == [1]
    assert (strict.profile(ALICE).counts, strict.rejected()) == ({}, [])
