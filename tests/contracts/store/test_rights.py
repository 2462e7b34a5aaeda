"""A role that may neither create nor alter anything, with the rights that the README lists: all but migrating and
rebuilding works, and what a rebuild by the owner swaps in has the rights of what was there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking

import footfall
from footfall.eventsourcing import CustomerEvents
from footfall.projections.sessions import Sessions
from tests.contracts.store.roles import grants_of_the_readme, role, run, url_of
from tests.contracts.support import ALICE, BOB, CAROL, MINUTE, ManualClock, OpenEngine, crowd, visit
from tests.contracts.views.clicks import Clicks


@pytest.fixture
def store_is_there() -> bool:
    return True


@pytest.fixture
def app(postgres_url: str) -> Iterator[str]:
    """A role with what the README grants."""
    with role(postgres_url) as name:
        run(postgres_url, *grants_of_the_readme(name))
        yield name


@pytest.fixture
def readonly(postgres_url: str) -> Iterator[str]:
    """A role that may read everything."""
    with role(postgres_url) as name:
        run(
            postgres_url,
            f"GRANT USAGE ON SCHEMA footfall TO {name}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA footfall TO {name}",
        )
        yield name


class Coupon(Aggregate):
    """Something of a host's own."""

    @event("Issued")
    def __init__(self, customer: UUID) -> None:
        self.customer = customer


class Coupons(Application[UUID]):
    """What is given away, with snapshots."""

    is_snapshotting_enabled = True


def take_in(engine: footfall.Engine, clock: ManualClock) -> None:
    """All that a backend does to customers and the catalogue, in transactions of one event and of many."""
    engine.define("shop.seen", access=footfall.Access.ANONYMOUS)
    engine.track_many([*crowd(20), *(visit(ALICE, 40 * n, f"/{n}") for n in range(20))])
    engine.catch_up()
    for n in range(6):
        engine.track_many([visit(ALICE, 20 + 40 * n, "/late")])
    engine.update(BOB, {"tier": "gold"})
    engine.charge(CAROL, "order-1", [{"sku": "T", "quantity": 1, "price": 2}], revenue=2, currency="EUR")
    engine.undefine("shop.seen")
    assert engine.track(ALICE, "shop.seen").status == "rejected"
    assert [result.status for result in engine.redrive()] == ["rejected"]
    engine.define("shop.seen")
    assert [result.status for result in engine.redrive()] == ["accepted"]
    engine.set_session_timeout("20m")
    assert engine.sweep() > 0
    clock.now += 60 * MINUTE
    engine.track(ALICE, "page.visit", {"url": "/again"})
    clock.now += 60 * MINUTE
    assert engine.sweep() == 1


def look(engine: footfall.Engine) -> None:
    """All that can be asked."""
    engine.catch_up()
    session = engine.sessions(ALICE, fresh=False)[0]
    assert engine.session(session.session_id) is not None
    assert engine.session_summary(fresh=True).sessions == len(engine.sessions())
    assert engine.profile(BOB).attributes == {"tier": "gold"}
    assert engine.timeline(ALICE)
    assert engine.page_visits(ALICE)
    assert engine.pages()
    assert engine.profiles({"tier": "gold"})
    assert engine.stats().customers == 23
    assert engine.rows("session_handles")
    assert engine.what_if("10m").would_be.sessions
    assert engine.session_timeouts()
    assert engine.definitions()
    assert engine.rejected() == []
    assert list(engine.subscribe(after="start", follow=False))
    assert engine.verify().ok
    assert all(one.lag == 0 for one in engine.status().projections)


def park_and_redrive(engine: footfall.Engine) -> None:
    """A fold that fails, and is mended."""
    engine.catch_up()
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(Sessions, "fold", lambda *_: 1 / 0)
        engine.track(BOB, "page.visit", {"url": "/"})
        engine.catch_up()
    assert [healed for _, healed in engine.redrive_parked()] == [True]


def work_in_the_background(engine: footfall.Engine) -> None:
    """The jobs, whose results are written down."""
    engine.start()
    assert engine.stop()
    assert [one.last_failure for one in engine.status().jobs] == [None, None]
    assert len(engine.status().jobs) == 2


def keep_aggregates(url: str) -> None:
    """What goes through the eventsourcing library."""
    settings = {"PERSISTENCE_MODULE": "footfall.eventsourcing", "FOOTFALL_DATABASE": url}
    with Coupons(settings) as coupons, CustomerEvents(settings) as customers:
        coupon = Coupon(ALICE)
        coupons.save(coupon)
        coupons.take_snapshot(coupon.id)
        assert coupons.repository.get(coupon.id).customer == ALICE
        recorder = coupons.factory.tracking_recorder()
        for number in (1, 2):
            recorder.insert_tracking(Tracking("CustomerEvents", number))
        assert recorder.max_tracking_id("CustomerEvents") == 2
        assert customers.recorder.max_notification_id()
        assert customers.recorder.select_notifications(1, 10)


def do_everything(url: str, **options: Any) -> None:
    """All but migrating and rebuilding."""
    clock = ManualClock()
    with footfall.open(url, clock=clock, **options) as engine:
        take_in(engine, clock)
        park_and_redrive(engine)
        look(engine)
        work_in_the_background(engine)
    keep_aggregates(url)


def test_with_what_the_readme_grants_all_but_migrating_and_rebuilding_works(postgres_url: str, app: str) -> None:
    do_everything(url_of(postgres_url, app))


def test_a_rebuild_by_the_application_is_refused_and_leaves_all_as_it_was(
    engine_at: OpenEngine, postgres_url: str, app: str
) -> None:
    engine = engine_at(url_of(postgres_url, app))
    engine.track_many(crowd(3))
    with pytest.raises(footfall.StoreRefused, match="owner of the tables"):
        engine.rebuild()
    assert engine.stats(fresh=True).customers == 3
    assert engine.verify().ok


def test_who_may_only_read_verifies_views_that_are_up_to_date(
    engine_at: OpenEngine, postgres_url: str, readonly: str
) -> None:
    owner, reader = engine_at(postgres_url), engine_at(url_of(postgres_url, readonly))
    owner.track_many(crowd(3))
    with pytest.raises(footfall.StoreRefused, match="permission denied for table"):
        reader.verify()
    owner.catch_up()
    assert reader.verify().ok
    run(postgres_url, "UPDATE footfall.sessions SET activities = 7")
    assert [one.view for one in reader.verify().views if one.differing] == ["sessions"]
    owner.rebuild("sessions")
    with pytest.raises(footfall.StoreRefused):
        reader.track(ALICE, "page.visit", {"url": "/"})


GRANTED = """
WITH views AS (SELECT * FROM pg_class WHERE relnamespace = 'footfall'::regnamespace AND relkind = 'r')
SELECT relname, '', pg_get_userbyid(grantee), privilege_type, is_grantable FROM views, aclexplode(relacl)
UNION ALL
SELECT relname, attname, pg_get_userbyid(grantee), privilege_type, is_grantable
FROM views JOIN pg_attribute ON attrelid = views.oid, aclexplode(attacl)
ORDER BY 1, 2, 3, 4
"""
SAID = """
SELECT obj_description('footfall.sessions'::regclass), col_description('footfall.sessions'::regclass, 3),
pg_get_userbyid(relowner), relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'footfall.sessions'::regclass
"""
POLICIES = """
SELECT policyname, permissive, roles, cmd, qual, with_check FROM pg_policies WHERE tablename = 'sessions' ORDER BY 1
"""


def seen(url: str) -> list[Any]:
    """What others may do with the views, and what is said about them."""
    return [run(url, query) for query in (GRANTED, SAID, POLICIES)]


def owner_of_log(url: str) -> object:
    """Whose the store is."""
    ((name,),) = run(url, "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'footfall.log'::regclass")
    return name


def test_a_rebuild_by_the_owner_hands_on_rights_policies_comments_and_owner(
    engine_at: OpenEngine, postgres_url: str, app: str, readonly: str
) -> None:
    owner = engine_at(postgres_url)
    owner.track_many([*crowd(4), visit(ALICE, 600)])
    owner.catch_up()
    with role(postgres_url) as keeper:
        run(
            postgres_url,
            f"GRANT CREATE, USAGE ON SCHEMA footfall TO {keeper}",
            f"ALTER TABLE footfall.sessions OWNER TO {keeper}",
            f"GRANT SELECT ON footfall.page_visits TO {readonly} WITH GRANT OPTION",
            "GRANT SELECT ON footfall.page_visits TO PUBLIC",
            f"GRANT SELECT (uuid), UPDATE (entry_url) ON footfall.sessions TO {readonly}",
            "ALTER TABLE footfall.sessions ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY all_of_it ON footfall.sessions TO {app} USING (true) WITH CHECK (activities > 0)",
            'CREATE POLICY "it\'s long" ON footfall.sessions AS RESTRICTIVE FOR SELECT USING (activities > 1)',
            "COMMENT ON TABLE footfall.sessions IS 'who''s here'",
            "COMMENT ON COLUMN footfall.sessions.started_at IS 'µs'",
        )
        before = seen(postgres_url)
        assert (len(before[2]), keeper in str(before[1]), readonly in str(before[0])) == (2, True, True)
        # What the database gives to new tables by default was not given to the old ones.
        run(postgres_url, f"ALTER DEFAULT PRIVILEGES IN SCHEMA footfall GRANT ALL ON TABLES TO {keeper}")
        owner.rebuild()
        assert seen(postgres_url) == before
        count = "SELECT count(*) FROM footfall.sessions"
        assert (run(url_of(postgres_url, app), count), run(postgres_url, count)) == ([(4,)], [(5,)])
        run(postgres_url, "ALTER TABLE footfall.sessions DISABLE ROW LEVEL SECURITY")  # nobody copies into it under one
        application = engine_at(url_of(postgres_url, app))
        application.track_many([visit(ALICE, 0), visit(ALICE, 1)])
        assert len(application.sessions(ALICE, fresh=True)) == 2
        assert application.verify().ok
        run(postgres_url, f"ALTER TABLE footfall.sessions OWNER TO {owner_of_log(postgres_url)}")


def test_a_view_that_is_made_anew_for_other_columns_keeps_its_rights(
    engine_at: OpenEngine, postgres_url: str, app: str
) -> None:
    engine_at(postgres_url, read_models=[Clicks()]).close()
    run(
        postgres_url,
        f"GRANT SELECT, INSERT ON footfall.clicks TO {app}",
        f"GRANT REFERENCES (text) ON footfall.clicks TO {app}",
    )
    engine_at(postgres_url, read_models=[OnlyNumbers()]).close()
    application = engine_at(url_of(postgres_url, app), read_models=[OnlyNumbers()])
    application.track(ALICE, "button.click", {"text": "Buy"})
    assert [row["n"] for row in application.rows("clicks", fresh=True)] == [3]


class OnlyNumbers(Clicks):
    """The same with another column."""

    columns = (Clicks.columns[0], footfall.Column("n", footfall.ColumnType.INTEGER))

    def fold(self, customer: UUID, rows: object, events: Any) -> footfall.Change:
        """A row for each click, with the length of its text."""
        return footfall.Change((), [(customer, len(text)) for _, text in super().fold(customer, rows, events).added])


def test_a_view_that_is_new_has_what_the_database_gives_by_default(
    engine_at: OpenEngine, postgres_url: str, app: str
) -> None:
    run(postgres_url, f"ALTER DEFAULT PRIVILEGES IN SCHEMA footfall GRANT SELECT, INSERT ON TABLES TO {app}")
    engine_at(postgres_url, read_models=[Clicks()]).track(ALICE, "button.click", {"text": "Buy"})
    assert engine_at(url_of(postgres_url, app), read_models=[Clicks()]).rows("clicks", fresh=True)


def test_the_application_keeps_rejections_in_bounds(engine_at: OpenEngine, postgres_url: str, app: str) -> None:
    engine = engine_at(url_of(postgres_url, app), rejections_kept=20)
    unheard_of = [{"uuid": ALICE, "action": "shop.unheard", "params": {"n": n}} for n in range(300)]
    assert engine.track_many([*unheard_of, visit(ALICE, 0)])[-1].status == "accepted"
    assert engine.status().rejections.let_go > 0
