"""What Python itself and other libraries of its data make of answers."""

from __future__ import annotations

import copy
import dataclasses
import json
import multiprocessing
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

import footfall
from tests.end_to_end.frameworks.programs.story import BEGAN, CUSTOMER, STRANGER, URL, told


def answers(engine: footfall.Engine) -> list[Any]:
    """Answers of many kinds."""
    return [
        engine.track(CUSTOMER, "page.visit", {"url": URL}),
        engine.track(CUSTOMER, "page.visit"),
        engine.profile(CUSTOMER),
        *engine.sessions(fresh=True),
        *engine.page_visits(CUSTOMER, fresh=True),
        *engine.timeline(CUSTOMER),
        *engine.profiles(fresh=True),
        *engine.pages(fresh=True),
        *engine.rejected(),
        *engine.subscribe(after="start", follow=False),
        *engine.definitions().values(),
        *engine.session_timeouts(),
        engine.session_summary(fresh=True),
        engine.stats(fresh=True),
        engine.status(),
        engine.verify(),
        engine.what_if("5m"),
    ]


def handed_back(answer: Any) -> Any:
    """What another process is given it gives back."""
    return answer


def check(answer: Any) -> None:
    """Copies are equal, a change makes another, nothing can be set, and JSON is the document."""
    assert pickle.loads(pickle.dumps(answer)) == copy.copy(answer) == copy.deepcopy(answer) == answer  # noqa: S301
    first = dataclasses.fields(answer)[0].name
    assert dataclasses.replace(answer, **{first: "other"}) != answer
    if sys.version_info >= (3, 13):
        assert copy.replace(answer, **{first: "other"}) != answer
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(answer, first, None)
    document = json.loads(json.dumps(answer, default=footfall.document))
    assert document == footfall.document(answer)
    assert list(dataclasses.asdict(answer)) == list(document)
    assert list(msgspec.json.decode(msgspec.json.encode(answer))) == list(document)
    assert repr(answer).startswith(f"{type(answer).__name__}({first}=")
    assert not hasattr(answer, "__dict__")


def main() -> None:
    """Every answer here, and in a process that is started afresh."""
    with told(footfall.open(sys.argv[1])) as engine:
        found = answers(engine)
        (session,) = engine.sessions(CUSTOMER)[-1:]
        visits = engine.page_visits(CUSTOMER)
        assert engine.sessions(CUSTOMER, since=session.started_at, until=session.started_at + timedelta(seconds=1))
        stranger = engine.profile(STRANGER)
    for answer in found:
        check(answer)
    assert session.started_at == BEGAN
    assert session.deadline - session.last_activity_at == timedelta(minutes=30)
    assert session.started_at.utcoffset() == timedelta(0)
    assert max(visits, key=lambda visit: visit.time).time > BEGAN
    assert isinstance(stranger.first_seen, datetime)
    assert len({session, dataclasses.replace(session)}) == 1
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as others:
        assert others.submit(handed_back, found).result() == found
    print("done")  # noqa: T201


if __name__ == "__main__":
    main()
