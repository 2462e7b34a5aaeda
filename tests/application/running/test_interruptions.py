"""Signals that are held back come when what must not be left half done is over."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from threading import Thread

import pytest

from footfall.application.running.interruptions import held_back

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def came() -> Iterator[list[int]]:
    """The signals that the host has heard of."""
    heard: list[int] = []
    before = {number: signal.signal(number, lambda number, _: heard.append(number)) for number in SIGNALS}
    yield heard
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_comes_when_the_work_is_over(came: list[int], number: int) -> None:
    with held_back():
        signal.raise_signal(number)
        assert came == []
    assert came == [number]
    signal.raise_signal(number)
    assert came == [number, number]


def interrupted(done: list[str], error: Exception | None = None) -> None:
    """Work in the middle of which a signal comes."""
    with held_back():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")
        if error is not None:
            raise error


def test_an_interruption_comes_when_the_work_is_over() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(done)
    assert done == ["all of it"]


def test_a_signal_comes_though_the_work_has_failed(came: list[int]) -> None:
    with pytest.raises(ValueError, match="failed"):
        interrupted([], ValueError("failed"))
    assert came == [signal.SIGINT]


def test_what_a_host_ignores_stays_ignored(came: list[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with held_back():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert came == []


def test_another_thread_holds_nothing_back(came: list[int]) -> None:
    def work() -> None:
        with held_back():
            done.append(signal.getsignal(signal.SIGTERM))

    done: list[object] = []
    before = signal.getsignal(signal.SIGTERM)
    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert (done, came) == ([before], [])
