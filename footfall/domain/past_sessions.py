"""Past sessions: those that a customer's state no longer holds. They are kept beside its snapshots, and the few that
late activity touches are put back for as long as it is decided.

Past sessions, and the sessions of a snapshot after all that followed it, are together the sessions of the whole stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from . import sessions as windows
from .customer import SESSIONS_REMEMBERED, Customer
from .events import Fact
from .sessions import Session
from .spans import Span


class PastChange(NamedTuple):
    """What is to be changed among a customer's past sessions: deadlines (µs) of those that go, and those that come.
    With `anew` all that were there go first."""

    removed: Sequence[int] = ()
    added: Sequence[Session] = ()
    anew: bool = False


class Snapshot(NamedTuple):
    """A customer's state to be stored, and the change among its past sessions that belongs to it."""

    state: Customer
    past: PastChange = PastChange()


def reaches(state: Customer, facts: Iterable[Fact]) -> list[Span]:
    """Where facts that the state does not suffice to decide on touch past sessions: those with a deadline in a span,
    and the first one after it."""
    late = (fact for fact in facts if not state.remembers(fact))
    return windows.reaches(filter(windows.is_activity, late))


def put_back(state: Customer, past: Sequence[Session]) -> Customer:
    """The state with some past sessions (sorted) among those that it holds."""
    return msgspec.structs.replace(state, sessions=(*past, *state.sessions), forgotten=state.forgotten - len(past))


def snapshot(state: Customer, past: Sequence[Session] = (), keep: int = SESSIONS_REMEMBERED) -> Snapshot:
    """A snapshot of a state among whose sessions these `past` ones were put back."""
    short = state.abridged(keep)
    leaving = state.sessions[: len(state.sessions) - len(short.sessions)]
    before = {session.deadline: session for session in past}
    after = {session.deadline: session for session in leaving}
    removed = [deadline for deadline, session in before.items() if after.get(deadline) is not session]
    added = [session for deadline, session in after.items() if before.get(deadline) is not session]
    # A state that came from the whole stream knows of no past sessions, whatever an older program left there.
    anew = bool(added) and state.forgotten_until is None
    return Snapshot(short, PastChange(removed, added, anew))
