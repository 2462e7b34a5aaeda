"""What is refused may be of any size; what is kept of it is not."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import uuid5

import msgspec
import pytest

from footfall.application.ingest import rejections
from footfall.application.ingest.rejections import KEPT_BYTES, describe_rejection
from footfall.application.ports.vocabulary import Rejection
from footfall.domain.errors import MOST_DETAIL, Reason
from footfall.domain.results import Status
from tests.application.desk import Desk, update, visit
from tests.builders import CUSTOMER

LARGE = visit(1, params={"url": "/", "text": "x" * 1_000_000})


def kept(desk: Desk) -> Rejection:
    (one,) = desk.log.kept
    return one


def test_of_a_large_content_the_beginning_is_kept_with_size_and_hash_of_the_whole() -> None:
    desk = Desk()
    assert [result.reason for result in desk.send(LARGE)] == [Reason.TOO_LARGE]
    whole = json.dumps(LARGE, sort_keys=True).encode()
    one = kept(desk)
    assert one.content == whole[:KEPT_BYTES].decode()
    assert one.customer == CUSTOMER
    assert one.cut == (len(whole), hashlib.sha256(whole).hexdigest())
    shown = describe_rejection(one)
    assert (shown.size, shown.sha256, shown.cut) == (*one.cut, True)


def test_a_content_that_is_kept_whole_shows_its_size_and_hash() -> None:
    desk = Desk()
    content = visit(1, action="entries.count")
    desk.send(content)
    whole = json.dumps(content, sort_keys=True).encode()
    shown = describe_rejection(kept(desk))
    assert (shown.size, shown.sha256, shown.cut) == (len(whole), hashlib.sha256(whole).hexdigest(), False)


@pytest.mark.parametrize("content", [LARGE, visit(1, action="entries.count"), update(1, attributes={})])
def test_the_id_is_that_of_the_whole(content: dict[str, Any]) -> None:
    desk = Desk()
    (desk.update if "attributes" in content else desk.send)(content)
    kind = "attributes" if "attributes" in content else "event"
    name = f"{kind} server None {json.dumps(content, sort_keys=True)}"
    assert kept(desk).rejection_id == uuid5(rejections._REJECTIONS, name)


def test_contents_that_differ_at_their_end_are_two_and_the_same_again_is_one() -> None:
    desk = Desk()
    desk.send(LARGE, visit(1, params={"url": "/", "text": "x" * 1_000_000 + "y"}), LARGE)
    desk.send(LARGE)
    assert len(desk.log.kept) == 2


def test_a_redrive_leaves_what_is_not_whole_and_says_so() -> None:
    desk = Desk()
    desk.send(visit(2, action="entries.count"), LARGE, visit(3, action="entries.count"))
    desk.define("entries.count")
    before = desk.log.kept[1]
    first, second, third = desk.ingest.redrive()
    assert [first.status, third.status] == [Status.ACCEPTED, Status.ACCEPTED]
    assert (second.status, second.reason) == (Status.REJECTED, Reason.TOO_LARGE)
    assert "65536 of 1000" in second.detail
    assert before.detail in second.detail
    assert desk.log.kept == [before]


@pytest.mark.parametrize("character", ["x", "é", "€", "\N{GRINNING FACE}", "\x01", '"'])
def test_whatever_may_be_taken_in_later_is_kept_whole(character: str) -> None:
    desk = Desk()
    each = len(msgspec.json.encode(character)) - 2
    fits = character * ((64 * 1024 - len('{"text":""}')) // each)
    desk.send(visit(1, action="entries.count", params={"text": fits}))
    desk.define("entries.count")
    assert [result.status for result in desk.ingest.redrive()] == [Status.ACCEPTED]


@pytest.mark.parametrize(
    "content",
    [
        {**visit(1), "x" * 1_000_000: 1},
        visit(1, uuid="x" * 1_000_000),
        visit(1, time="x" * 1_000_000),
        visit(1, action="x" * 1_000_000),
        visit(1, event_id="x" * 1_000_000),
        visit(1, params={"x" * 1_000_000: float("nan"), "url": "/"}),
        {f"{number}": "x" * 10_000 for number in range(100)},
        "x" * 1_000_000,
    ],
)
def test_no_field_makes_an_answer_or_a_rejection_long(content: Any) -> None:
    desk = Desk()
    (result,) = desk.send(content)
    assert len(result.detail) <= MOST_DETAIL
    assert len(json.dumps(describe_rejection(kept(desk)).content)) < 2 * KEPT_BYTES
    assert len(kept(desk).detail) <= MOST_DETAIL
    desk.ingest.redrive()
    assert kept(desk).reason is result.reason


def test_what_is_refused_is_written_down_once_however_often_the_batch_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    as_json = rejections._as_json
    monkeypatch.setattr(rejections, "_as_json", lambda content: written.append(content) or as_json(content))  # type: ignore[func-returns-value]
    log = (one := Desk()).log
    other = Desk(log)
    other.define("entries.count")
    one.send(LARGE)
    assert log.transactions == 2
    assert len(written) == 1
