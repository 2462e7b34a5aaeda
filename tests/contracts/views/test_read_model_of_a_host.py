"""A read model that a host brings along: table, catching up, rebuild, verify, query, without a line in the package."""

from __future__ import annotations

from collections.abc import Sequence
from time import sleep
from typing import Any, ClassVar
from uuid import UUID

import pytest

import footfall
from footfall.domain.events import CustomerEvent
from footfall.infrastructure.views.projecting import projector
from tests.contracts.support import ALICE, BOB, OpenEngine, execute, execute_on_views, named, visit
from tests.contracts.views.clicks import Clicks


class Named(Clicks):
    """The same under a name that it is given."""

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]


class Newest(Clicks):
    """What each customer clicked on last: a row that is replaced unseen."""

    name = "newest"
    key = "uuid"
    indexes: ClassVar[tuple[footfall.Index, ...]] = (footfall.Index("uuid", unique=True),)

    def fold(self, customer: UUID, _rows: object, events: Sequence[CustomerEvent]) -> footfall.Change:
        """The row of the last click, in place of whatever was there."""
        added = super().fold(customer, _rows, events).added[-1:]
        return footfall.Change([customer] if added else (), added)


@pytest.fixture
def engine(engine_at: OpenEngine, database_url: str) -> footfall.Engine:
    """An engine with the host's model, and some clicks."""
    engine = engine_at(database_url, read_models=[Clicks()])
    engine.track_many([visit(ALICE, 0), visit(BOB, 1)])
    for customer, text in ((ALICE, "Buy"), (ALICE, "Help"), (BOB, "Buy")):
        engine.track(customer, "button.click", {"text": text})
    return engine


def clicks(engine: footfall.Engine, customer: UUID | None = None) -> list[tuple[UUID, str]]:
    return sorted(
        (row["uuid"], row["text"]) for row in engine.rows("clicks", customer=customer, limit=None, fresh=True)
    )


def test_it_has_a_table_that_is_kept_up_to_date_and_can_be_asked(engine: footfall.Engine) -> None:
    assert clicks(engine) == sorted([(ALICE, "Buy"), (ALICE, "Help"), (BOB, "Buy")])
    assert clicks(engine, BOB) == [(BOB, "Buy")]
    engine.track(BOB, "button.click", {"text": "Pay"})
    assert clicks(engine, BOB) == [(BOB, "Buy"), (BOB, "Pay")]
    assert len(engine.rows("clicks", limit=2)) == 2


def test_it_is_rebuilt_verified_and_shown_like_any_other(engine: footfall.Engine, database_url: str) -> None:
    assert "clicks" in engine.rebuild()
    assert engine.rebuild("clicks") == ["clicks"]
    assert [one.rows for one in engine.verify().views if one.view == "clicks"] == [3]
    assert {(one.projection, one.lag) for one in engine.status().projections} >= {("clicks", 0), ("sessions", 0)}
    execute(database_url, "DELETE FROM footfall.clicks WHERE text = 'Help'")
    assert [one.differing for one in engine.verify().views if one.view == "clicks"] == [1]
    engine.rebuild("clicks")
    assert engine.verify().ok


class Typed(footfall.ReadModel):
    """A row of a value of each type, which it finds in what was clicked."""

    name = "typed"
    columns = (
        footfall.Column("uuid", footfall.ColumnType.UUID, required=True),
        footfall.Column("number", footfall.ColumnType.INTEGER),
        footfall.Column("text", footfall.ColumnType.TEXT, required=True),
        footfall.Column("json", footfall.ColumnType.JSON),
    )
    good: ClassVar[tuple[object, ...]] = (2**63 - 1, "\x01 ü", {"a": [None, True]})

    def __init__(self, place: int, value: object) -> None:
        self.place, self.value = place, value

    def fold(self, customer: UUID, _rows: object, events: Sequence[CustomerEvent]) -> footfall.Change:
        """Of one customer a row that does not fit."""
        row = [customer, *self.good]
        if customer == ALICE:
            row[self.place] = self.value
        return footfall.Change((), [tuple(row)])


MISFITS: dict[int, tuple[Any, ...]] = {
    0: (None, str(ALICE), ALICE.bytes),
    1: (2**63, -(2**63) - 1, "1", {}, 1.0, True),
    2: (None, 1, b"a", "\0", "\ud800"),
    3: (object, {1: {2j}}, "\ud800"),
}


@pytest.mark.parametrize(("place", "value"), [(at, one) for at, those in MISFITS.items() for one in those], ids=repr)
def test_a_row_that_does_not_fit_stops_its_customer_alone(
    engine_at: OpenEngine, database_url: str, place: int, value: object
) -> None:
    engine = engine_at(database_url, read_models=[Typed(place, value)])
    engine.track_many([visit(ALICE, 0), visit(BOB, 0)])
    for _ in range(2):
        assert [row["uuid"] for row in engine.rows("typed", fresh=True)] == [BOB]
        assert [(one.projection, one.uuid) for one in engine.status().parked] == [("typed", str(ALICE))]
        assert [one.differing for one in engine.verify().views] == [0] * len(engine.verify().views)
        assert engine.stats().events == 2
        engine.rebuild()


@pytest.mark.parametrize("model", [Clicks, "clicks"], ids=["a class", "text"])
def test_what_is_no_read_model_is_refused(sqlite_url: str, model: Any) -> None:
    with pytest.raises(footfall.InvalidArgument, match="a read model is an instance of its class"):
        footfall.open(sqlite_url, read_models=[model])


def test_a_read_model_whose_parts_are_none_is_refused(sqlite_url: str) -> None:
    class Wrong(Clicks):
        indexes: ClassVar[Any] = ("text",)

    class Back(Clicks):
        lookback_column = "text"

    with pytest.raises(footfall.InvalidArgument, match=r"footfall\.Index\(column"):
        footfall.open(sqlite_url, read_models=[Wrong()])
    with pytest.raises(footfall.InvalidArgument, match="must be a column of integers"):
        footfall.open(sqlite_url, read_models=[Back()])
    with pytest.raises(footfall.InvalidArgument, match=r"footfall\.Column\(name"):
        type("Named", (Clicks,), {"columns": ("uuid",)})


@pytest.mark.parametrize(("seconds", "pieces"), [(0.01, 5), (0.0005, 60)], ids=["of a piece", "of all of them"])
def test_a_fold_may_take_longer_than_a_statement(
    engine_at: OpenEngine, postgres_url: str, seconds: float, pieces: int
) -> None:
    class Slow(Clicks):
        def fold(self, customer: UUID, _rows: object, events: Sequence[CustomerEvent]) -> footfall.Change:
            sleep(seconds)
            return super().fold(customer, _rows, events)

    engine = engine_at(postgres_url, read_models=[Slow()], statement_timeout=2)
    customers = [named(f"customer {number}") for number in range(pieces * projector.PIECE)]
    engine.track_many([{"uuid": one, "action": "button.click", "params": {"text": "Buy"}} for one in customers])
    assert clicks(engine) == sorted((one, "Buy") for one in customers)


def test_indexes_of_long_names_are_built_again_and_again(engine_at: OpenEngine, database_url: str) -> None:
    class Long(Newest):
        name = f"clicks_{'x' * 34}"
        columns = (*Clicks.columns, footfall.Column("y" * 40, footfall.ColumnType.TEXT))
        indexes = (footfall.Index("y" * 40), footfall.Index("y" * 40, "text"))

        def fold(self, customer: UUID, _rows: object, events: Sequence[CustomerEvent]) -> footfall.Change:
            change = super().fold(customer, _rows, events)
            return footfall.Change(change.removed, [(*row, "z") for row in change.added])

    engine = engine_at(database_url, read_models=[Long()])
    engine.track(ALICE, "button.click", {"text": "Buy"})
    for _ in range(2):
        engine.rebuild()
    assert engine.verify().ok


def test_a_fold_takes_rows_out_that_it_did_not_ask_for(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url, read_models=[Newest()])
    customers = [named(f"customer {number}") for number in range(2 * projector.PIECE + 1)]
    for text in ("Buy", "Help", "Pay"):
        some = customers if text != "Help" else customers[::3]
        engine.track_many([{"uuid": one, "action": "button.click", "params": {"text": text}} for one in some])
        engine.catch_up()
    assert {(row["uuid"], row["text"]) for row in engine.rows("newest", limit=None)} == {
        (one, "Pay") for one in customers
    }
    assert engine.verify().ok


def test_several_processes_rebuild_it(engine_at: OpenEngine, postgres_url: str) -> None:
    engine = engine_at(postgres_url, read_models=[Clicks()])
    for customer in (ALICE, BOB):
        engine.track(customer, "button.click", {"text": "Buy"})
    assert "clicks" in engine.rebuild(workers=2)
    assert clicks(engine) == sorted([(ALICE, "Buy"), (BOB, "Buy")])


def test_a_store_that_was_there_before_gets_it_with_all_that_happened(engine_at: OpenEngine, database_url: str) -> None:
    engine_at(database_url).track(ALICE, "button.click", {"text": "Buy"})
    later = engine_at(database_url, read_models=[Clicks()])
    assert clicks(later) == [(ALICE, "Buy")]
    assert later.verify().ok


def test_what_a_fold_fails_with_is_written_down_whatever_it_quotes(engine_at: OpenEngine, database_url: str) -> None:
    class Failing(Clicks):
        def fold(self, customer: UUID, _rows: object, events: Sequence[CustomerEvent]) -> footfall.Change:
            raise ValueError("no \0")

    engine = engine_at(database_url, read_models=[Failing()])
    engine.track(ALICE, "button.click", {"text": "Buy"})
    engine.catch_up()
    assert [one.error for one in engine.status().parked] == ["ValueError: no \\x00"]


def test_of_many_customers_some_are_parked_and_the_others_go_on(engine: footfall.Engine) -> None:
    customers = [named(f"customer {number}") for number in range(2 * projector.PIECE + 1)]
    for each, one in enumerate(customers):
        engine.track(one, "button.click", {"text": "Buy"} if each % 3 else {})
    engine.catch_up()
    assert {one.uuid for one in engine.status().parked} == {str(one) for one in customers[::3]}
    shown = {customer for customer, _ in clicks(engine)}
    assert shown == {ALICE, BOB} | set(customers) - set(customers[::3])


def test_a_customer_whose_events_it_cannot_take_is_parked_in_it_alone(engine: footfall.Engine) -> None:
    engine.track(ALICE, "button.click")
    engine.track(BOB, "button.click", {"text": "Pay"})
    engine.catch_up()
    assert [(one.projection, one.uuid) for one in engine.status().parked] == [("clicks", str(ALICE))]
    assert clicks(engine, BOB) == [(BOB, "Buy"), (BOB, "Pay")]
    assert engine.profiles(fresh=True)[0].events > 0


@pytest.mark.parametrize(
    "name",
    ["sessions", "log", "snapshots", "version", "clicks_next", "log_00", "Clicks", "two words", "", "9lives"],
)
def test_a_name_that_no_table_of_its_own_can_have_is_refused(engine_at: OpenEngine, sqlite_url: str, name: str) -> None:
    with pytest.raises(footfall.InvalidArgument, match="a read model"):
        engine_at(sqlite_url, read_models=[Named(name)])


def test_a_view_that_is_not_there_is_named_with_those_that_are(engine: footfall.Engine) -> None:
    with pytest.raises(footfall.FootfallError, match=r"there is no view 'clicked'.*clicks"):
        engine.rows("clicked")


class Wider(Clicks):
    """The same with a column more."""

    columns = (*Clicks.columns, footfall.Column("length", footfall.ColumnType.INTEGER))

    def fold(self, customer: UUID, rows: object, events: Sequence[CustomerEvent]) -> footfall.Change:
        """A row for each click, with the length of its text."""
        return footfall.Change((), [(*row, len(row[1])) for row in super().fold(customer, rows, events).added])


def test_a_model_whose_columns_have_changed_is_made_anew(
    engine: footfall.Engine, engine_at: OpenEngine, database_url: str
) -> None:
    assert len(clicks(engine)) == 3
    engine.close()
    later = engine_at(database_url, read_models=[Wider()])
    assert sorted(row["length"] for row in later.rows("clicks", fresh=True)) == [3, 3, 4]
    assert later.verify().ok


def test_a_table_that_is_no_view_is_left_alone(engine_at: OpenEngine, database_url: str) -> None:
    engine_at(database_url).close()
    execute_on_views(database_url, "CREATE TABLE footfall.clicks (mine text)")
    with pytest.raises(footfall.FootfallError, match="clicks that Footfall did not make"):
        engine_at(database_url, read_models=[Clicks()])
    assert execute(database_url, "SELECT count(*) FROM footfall.clicks") == [(0,)]


def test_who_does_not_know_a_view_leaves_its_customers_parked_and_says_so(
    engine: footfall.Engine, engine_at: OpenEngine, database_url: str
) -> None:
    engine.track(ALICE, "button.click")
    engine.catch_up()
    stranger = engine_at(database_url)
    assert [(one.projection, healed) for one, healed in stranger.redrive_parked()] == [("clicks", False)]
    assert [one.projection for one in stranger.status().parked] == ["clicks"]


class Narrow(Clicks):
    """Its rows lack a value."""

    def fold(self, customer: UUID, rows: object, events: Sequence[CustomerEvent]) -> footfall.Change:
        """A row for each click, cut short."""
        return footfall.Change((), [row[:1] for row in super().fold(customer, rows, events).added])


def test_rows_of_the_wrong_width_park_the_customer_and_leave_the_other_views_alone(
    engine_at: OpenEngine, database_url: str
) -> None:
    engine = engine_at(database_url, read_models=[Narrow()])
    engine.track(ALICE, "button.click", {"text": "Buy"})
    assert engine.stats(fresh=True).sessions == 1
    assert [(one.projection, one.uuid) for one in engine.status().parked] == [("clicks", str(ALICE))]
    assert not engine.verify().ok
    assert engine_at(database_url).verify().ok  # it judges the views that it knows


def test_a_name_that_means_something_in_sql_is_a_name_like_any_other(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url, read_models=[Named("select")])
    engine.track(ALICE, "button.click", {"text": "Buy"})
    assert [row["text"] for row in engine.rows("select", fresh=True)] == ["Buy"]
    engine.rebuild("select")
    assert engine.verify().ok


@pytest.mark.parametrize(
    "flaw",
    [
        {"columns": (footfall.Column("text", footfall.ColumnType.TEXT),)},
        {"columns": (*Clicks.columns, Clicks.columns[0])},
        {"columns": (*Clicks.columns, footfall.Column("n", "float"))},  # type: ignore[arg-type]
        {"key": "nowhere"},
        {"indexes": (footfall.Index("nowhere"),)},
    ],
)
def test_a_declaration_that_no_table_can_have_is_refused(
    engine_at: OpenEngine, sqlite_url: str, flaw: dict[str, object]
) -> None:
    model: type[Clicks] = type("Flawed", (Clicks,), flaw)
    with pytest.raises(footfall.InvalidArgument, match="clicks"):
        engine_at(sqlite_url, read_models=[model()])
