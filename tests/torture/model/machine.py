"""Everything that may be done to a store, in any order, beside the model that says what every read must answer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import footfall
from footfall import Access, Sender

from ..made_up.writers import NOON
from ..watch.session_ends import check_ends
from ..watch.tally import Tally
from .model import LEVELS, MINUTE, Model

PEOPLE = [UUID(int=n, version=4) for n in range(1, 4)]
CUSTOMERS, ACTIONS = st.sampled_from(PEOPLE), st.sampled_from(["page.visit", "page.visit", "cart.open", "mail.sent"])
ACCESS, SENDERS = st.sampled_from(LEVELS), st.sampled_from(["server", "server", *LEVELS])
MINUTES, TURNS = st.integers(0, 90), st.sampled_from([0, 1])
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(micros: int) -> datetime:
    """A moment as a caller gives it."""
    return EPOCH + timedelta(microseconds=micros)


def micros(moment: datetime | None) -> int | None:
    """A moment as a read gives it, in µs."""
    return None if moment is None else (moment - EPOCH) // timedelta(microseconds=1)


class Machine(RuleBasedStateMachine):
    """Everything that may be done to a store."""

    tally: ClassVar[Tally]

    @staticmethod
    def new_store() -> AbstractContextManager[str]:
        """A fresh store for a run."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(NOON, 30 * MINUTE)
        self._store = self.new_store()
        self.url = self._store.__enter__()
        self.engines = [self._open(), self._open()]
        self.turn = 0
        self.sent: list[tuple[Any, ...]] = []
        self.number = 0

    @property
    def engine(self) -> footfall.Engine:
        """That of the process whose turn it is; each remembers what it has seen before."""
        return self.engines[self.turn]

    def _open(self) -> footfall.Engine:
        return footfall.open(self.url, partitions=2, clock=lambda: self.model.now)

    def teardown(self) -> None:
        """The store goes with the example."""
        for engine in self.engines:
            engine.close()
        self._store.__exit__(None, None, None)

    # What a backend does

    @rule(action=st.sampled_from(["cart.open", "mail.sent"]), access=ACCESS, counts=st.booleans())
    def define(self, action: str, access: str, counts: bool) -> None:
        """Define an action, or change who may send it and whether it counts."""
        self.engine.define(action, access=Access(access), session_activity=counts)
        self.model.catalogue[action] = (access, counts)

    @rule(action=st.sampled_from(["cart.open", "mail.sent"]))
    def undefine(self, action: str) -> None:
        """Take a definition away, where there is one."""
        if self.model.catalogue.pop(action, None):
            self.engine.undefine(action)

    @rule(who=CUSTOMERS, action=ACTIONS, level=SENDERS, speaks_for=CUSTOMERS, ahead=st.integers(-1, 5), turn=TURNS)
    def track(self, who: UUID, action: str, level: str, speaks_for: UUID, ahead: int, turn: int) -> None:
        """Something happens now, or so the sender says whose clock is wrong."""
        self.turn = turn
        self._send(who, self._new_id(), action, self.model.now + ahead * MINUTE, level, speaks_for)

    @rule(who=CUSTOMERS, ago=st.lists(st.integers(0, 300), min_size=1, max_size=6))
    def track_late(self, who: UUID, ago: list[int]) -> None:
        """Things arrive that happened long ago."""
        for minutes in ago:
            self._send(who, self._new_id(), "page.visit", self.model.now - minutes * MINUTE, "server", who)

    @rule(pick=st.integers(0, 99))
    def duplicate(self, pick: int) -> None:
        """Something that was sent is sent again."""
        if self.sent:
            self._must(*self.sent[pick % len(self.sent)])

    @rule(pick=st.integers(0, 99), url=st.sampled_from(["/x", "/y"]))
    def conflict(self, pick: int, url: str) -> None:
        """Something else is sent under the same id."""
        if self.sent:
            who, event_id, action, _, *rest = self.sent[pick % len(self.sent)]
            self._must(who, event_id, action, {"url": url, "other": 1}, *rest)

    @rule(who=CUSTOMERS, order=st.sampled_from("ab"), skus=st.lists(st.sampled_from("xyz"), min_size=1, max_size=3))
    def charge(self, who: UUID, order: str, skus: list[str]) -> None:
        """An order comes in, perhaps once more."""
        claim = self.model.orders.get((who, order), (self.model.now, []))[0]
        result = self.engine.charge(who, order, [{"sku": sku} for sku in skus], time=moment(claim))
        assert str(result.reason or result.status) == self.model.charge(who, order, skus, claim)

    @rule(who=CUSTOMERS, name=st.sampled_from("ab"), value=st.none() | st.integers(0, 9), minutes=MINUTES)
    def update(self, who: UUID, name: str, value: int | None, minutes: int) -> None:
        """An attribute is learned, as it was some time ago."""
        self._learn(who, name, value, minutes)

    @rule(who=CUSTOMERS, value=st.sampled_from([True, True, False, None]), turn=TURNS)
    def recognise(self, who: UUID, value: bool | None, turn: int) -> None:
        """A customer is said to be recognised, or no longer: then nobody without a token writes for it, or anybody."""
        self.turn = turn
        self._learn(who, "recognised", value, minutes=0)

    @rule(minutes=st.integers(1, 600))
    def set_timeout(self, minutes: int) -> None:
        """Sessions time out sooner or later from now on."""
        self.engine.set_session_timeout(timedelta(minutes=minutes))
        self.model.timeout = minutes * MINUTE

    # What goes on by itself

    @rule(minutes=st.integers(1, 120))
    def advance(self, minutes: int) -> None:
        """Time goes by."""
        self.model.now += minutes * MINUTE

    @rule(turn=TURNS)
    def sweep(self, turn: int) -> None:
        """Sessions that have timed out are ended, once, at their deadlines."""
        self.turn = turn
        self.engine.sweep()
        self.engine.catch_up()
        found = Tally()
        check_ends(self.url, self.model.now, found)
        assert not found.damaged, found

    @rule()
    def catch_up(self) -> None:
        """The views are brought up to date."""
        self.engine.catch_up()

    @rule(close=st.booleans())
    def reopen(self, close: bool) -> None:
        """The process ends, in order or not, and another takes over."""
        if close:
            self.engine.close()
        else:
            self.engine._parts.close()
        self.engines[self.turn] = self._open()

    @rule(view=st.sampled_from([None, "sessions", "page_visits", "profiles"]))
    def rebuild(self, view: str | None) -> None:
        """A view is filled anew."""
        self.engine.rebuild(view)

    # What every read must answer

    @rule(who=CUSTOMERS, minutes=st.integers(0, 400))
    def read_as_of(self, who: UUID, minutes: int) -> None:
        """The profile as of a moment."""
        then = self.model.now - minutes * MINUTE
        assert _shown(self.engine.profile(who, as_of=moment(then))) == self.model.profile(who, then)

    @invariant()
    def reads_agree(self) -> None:
        """Profiles, sessions, page visits and figures of all customers."""
        self.tally.cycles += 1
        for who in PEOPLE:
            assert _shown(self.engine.profile(who)) == self.model.profile(who)
            rows = [
                (micros(s.started_at), micros(s.last_activity_at), micros(s.deadline), s.activities, s.page_visits)
                for s in self.engine.sessions(who, fresh=True)
            ]
            assert sorted(rows) == self.model.sessions(who)
            visits = {one.event_id: (micros(one.time), one.url) for one in self.engine.page_visits(who, fresh=True)}
            assert visits == self.model.page_visits(who)
        stats = self.engine.stats(fresh=True)
        assert stats.sessions == sum(len(self.model.sessions(who)) for who in PEOPLE)
        assert stats.page_visits == sum(len(self.model.page_visits(who)) for who in PEOPLE)

    def _new_id(self) -> UUID:
        self.number += 1
        return UUID(int=self.number, version=4)

    def _learn(self, who: UUID, name: str, value: Any, minutes: int) -> None:
        event_id, time = self._new_id(), self.model.now - minutes * MINUTE
        assert self.engine.update(who, {name: value}, time=moment(time), event_id=event_id).status == "accepted"
        self.model.learned[who].append((time, event_id, name, value))

    def _send(self, who: UUID, event_id: UUID, action: str, claim: int, level: str, speaks_for: UUID) -> None:
        event = (who, event_id, action, {"url": f"/{self.number % 5}"}, claim, level, speaks_for)
        self.sent.append(event)
        self._must(*event)

    def _must(self, who: UUID, event_id: UUID, action: str, params: Any, claim: int, level: str, own: UUID) -> None:
        sender = Sender(Access(level), None if level == "server" else own)
        result = self.engine.track(who, action, params, time=moment(claim), event_id=event_id, sender=sender)
        expected = self.model.track(who, event_id, action, params, claim, level, own)
        assert str(result.reason or result.status) == expected
        self.tally.acknowledged += expected == "accepted"


def _shown(profile: Any) -> tuple[Any, ...]:
    seen = (micros(profile.first_seen), micros(profile.last_seen))
    return (profile.counts, *seen, profile.attributes, profile.sessions)
