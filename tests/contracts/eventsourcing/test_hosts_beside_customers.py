"""A host's own application keeps its aggregates in the store, and nothing that belongs to customers ever sees them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.utils import Environment

import footfall
from footfall.eventsourcing import FootfallFactory
from footfall.projections.profiles import Profiles
from tests.contracts.eventsourcing.hosts import Coupon, Coupons, environment
from tests.contracts.support import ALICE, ManualClock, OpenEngine, columns_of, crowd, execute, shown_by, visit


class OtherCoupons(Coupons):
    """Another application of the same host."""


@pytest.fixture
def coupons(database_url: str) -> Iterator[Coupons]:
    """A host's application on a fresh store."""
    with Coupons(environment(database_url)) as app:
        yield app


def test_a_host_keeps_aggregates_with_snapshots_and_a_log_of_them(coupons: Coupons) -> None:
    first, second = coupons.issue("alice", redeemed=3), coupons.issue("bob")
    coupon: Coupon = coupons.repository.get(first)
    assert (coupon.customer, coupon.redeemed, coupon.version) == ("alice", 3, 4)
    old: Coupon = coupons.repository.get(first, version=2)
    assert old.redeemed == 1
    assert coupons.snapshots is not None
    assert [one.originator_version for one in coupons.snapshots.get(first)] == [2, 4]
    assert [one.id for one in coupons.notification_log["1,10"].items] == [1, 2, 3, 4, 5]
    assert coupons.recorder.max_notification_id() == 5
    with pytest.raises(AggregateNotFoundError):
        coupons.repository.get(UUID(int=0))
    assert second != first


def test_a_second_writer_of_a_version_is_refused_and_leaves_no_gap(coupons: Coupons, database_url: str) -> None:
    coupon_id = coupons.issue("alice")
    with Coupons(environment(database_url)) as other:
        mine: Coupon = coupons.repository.get(coupon_id)
        theirs: Coupon = other.repository.get(coupon_id)
        mine.redeem()
        theirs.redeem()
        coupons.save(mine)
        with pytest.raises(IntegrityError):
            other.save(theirs)
        other.issue("bob")
    assert [one.id for one in coupons.recorder.select_notifications(None, 10)] == [1, 2, 3]


def test_nothing_of_customers_sees_the_events_of_a_host(
    engine_at: OpenEngine, coupons: Coupons, database_url: str, tmp_path: Path
) -> None:
    engine = engine_at(database_url, clock=ManualClock())
    alone = engine_at(f"sqlite:///{tmp_path}/alone.db", clock=ManualClock())
    coupons.issue(str(ALICE), redeemed=5)
    for one in (engine, alone):
        one.track_many(crowd(10))
    coupons.issue("bob", redeemed=2)
    assert engine.sweep() == alone.sweep() == 10
    for _ in range(2):
        engine.catch_up()
        alone.catch_up()
        assert shown_by(engine) == shown_by(alone)
        assert (engine.verify().ok, engine.status().parked) == (True, [])
        coupons.issue("carol", redeemed=1)
        engine.rebuild()
    followed = [(event.action, event.uuid) for event in engine.subscribe(after="start", follow=False)]
    assert sorted(followed) == sorted((one.action, one.uuid) for one in alone.subscribe(after="start", follow=False))
    assert engine.what_if("10m") == alone.what_if("10m")
    assert {projection.lag for projection in engine.status().projections} == {0}
    assert execute(database_url, "SELECT count(*) FROM footfall.log WHERE topic LIKE '%Coupon%'") == [(0,)]
    assert coupons.recorder.max_notification_id() == 13


def test_an_event_of_a_host_that_nobody_can_read_harms_no_customer(
    engine_at: OpenEngine, coupons: Coupons, database_url: str
) -> None:
    engine = engine_at(database_url)
    coupon_id = coupons.issue(str(ALICE))
    execute(database_url, "UPDATE footfall.application_events SET topic = 'nobody:knows'")
    with pytest.raises(Exception, match="nobody:knows"):
        coupons.repository.get(coupon_id)
    engine.track_many([visit(ALICE, 0)])
    assert engine.profile(ALICE).counts == {"page.visit": 1}
    assert (engine.verify().ok, engine.status().parked) == (True, [])


def test_applications_of_one_store_do_not_meet(coupons: Coupons, database_url: str) -> None:
    coupon_id = coupons.issue("alice", redeemed=1)
    with OtherCoupons(environment(database_url)) as other:
        with pytest.raises(AggregateNotFoundError):
            other.repository.get(coupon_id)
        assert other.recorder.max_notification_id() is None
        other.recorder.insert_events(coupons.recorder.select_events(coupon_id))
        other.issue("bob")
        assert [one.id for one in other.recorder.select_notifications(None, 10)] == [1, 2, 3]
    assert [one.id for one in coupons.recorder.select_notifications(None, 10)] == [1, 2]


def test_two_applications_track_the_same_events_each_for_itself(database_url: str) -> None:
    names = ("one", "other")
    for name in names:
        with closing(FootfallFactory(Environment(name, environment(database_url)))) as factory:
            recorder = factory.tracking_recorder()
            assert recorder.max_tracking_id("upstream") is None
            recorder.insert_tracking(Tracking("upstream", 7))
            assert recorder.max_tracking_id("upstream") == 7


def test_an_originator_comes_back_as_what_it_was(database_url: str) -> None:
    with closing(FootfallFactory(environment(database_url))) as factory:
        recorder = factory.application_recorder()
        ids: tuple[UUID | str, ...] = (ALICE, str(ALICE), "order 17", "ключ", "")
        for originator in ids:
            recorder.insert_events([StoredEvent(originator, 1, "topic", b"state")])
        assert [one.originator_id for one in recorder.select_notifications(None, 10)] == list(ids)
        for originator in ids:
            assert [one.originator_id for one in recorder.select_events(originator)] == [originator]


def test_an_event_and_its_tracking_are_written_together_or_not_at_all(database_url: str) -> None:
    with closing(FootfallFactory(environment(database_url))) as factory:
        recorder = factory.process_recorder()
        first, second = (StoredEvent(ALICE, version, "topic", b"state") for version in (1, 2))
        recorder.insert_events([first], tracking=Tracking("upstream", 5))
        with pytest.raises(IntegrityError):
            recorder.insert_events([second], tracking=Tracking("upstream", 5))
        with pytest.raises(IntegrityError):
            recorder.insert_events([first], tracking=Tracking("upstream", 6))
        assert [one.id for one in recorder.select_notifications(None, 10)] == [1]
        assert recorder.max_tracking_id("upstream") == 5


def test_a_setting_may_have_the_applications_name_before_it(database_url: str) -> None:
    settings = {f"COUPONS_{name}": value for name, value in environment(database_url).items()}
    with Coupons({**settings, "FOOTFALL_DATABASE": "sqlite:////dev/null/other.db"}) as app:
        app.issue("alice")
    with Coupons(environment(database_url)) as again:
        assert again.recorder.max_notification_id() == 1


def test_settings_are_those_of_the_engine(engine_at: OpenEngine, postgres_url: str) -> None:
    with Coupons({**environment(postgres_url), "FOOTFALL_PARTITIONS": "3"}) as app:
        app.issue("alice")
    assert engine_at(postgres_url).status().partitions == 3
    with pytest.raises(footfall.InvalidSettings, match="lock_timeout"):
        Coupons({**environment(postgres_url), "FOOTFALL_LOCK_TIMEOUT": "nonsense"})


def test_a_store_in_a_schema_of_another_name_is_found_there(engine_at: OpenEngine, postgres_url: str) -> None:
    engine_at(postgres_url, schema="shop")
    with Coupons({**environment(postgres_url), "FOOTFALL_SCHEMA": "shop"}) as app:
        app.issue("alice")
    assert execute(postgres_url, "SELECT count(*) FROM shop.application_events") == [(1,)]


def test_a_host_can_be_there_before_the_engine(engine_at: OpenEngine, coupons: Coupons, database_url: str) -> None:
    coupons.issue("alice")
    engine = engine_at(database_url)
    engine.track_many([visit(ALICE, 0)])
    assert engine.stats(fresh=True).customers == 1
    assert engine.verify().ok


def test_a_read_model_cannot_take_the_name_of_a_table_of_hosts(engine_at: OpenEngine, sqlite_url: str) -> None:
    engine_at(sqlite_url)
    for name in ("application_events", "application_sequences", "application_tracking"):
        assert name in columns_of(sqlite_url)

        class Taken(Profiles):
            pass

        Taken.name = name
        with pytest.raises(footfall.InvalidArgument, match=name):
            engine_at(sqlite_url, read_models=[Taken()])
