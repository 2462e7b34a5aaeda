"""Bodies: every form that is taken, and every fault, which stores nothing."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

import footfall
from footfall.doors.http import answering
from footfall.doors.http.app import Door, asgi
from footfall.doors.http.body import MOST_BYTES
from tests.contracts.support import ALICE, BOB
from tests.doors.http.client import LEFT, SILENT, Client, NoAnswer
from tests.doors.http.conftest import SHOP, Keys

EVENTS = "/v1/events"


def visit(url: str = "/", **params: Any) -> dict[str, Any]:
    return {"uuid": str(ALICE), "action": "page.visit", "params": {"url": url, **params}}


@pytest.fixture
def stored(in_memory: footfall.Engine) -> Callable[[], int]:
    """How many events are stored, of whomever."""
    return lambda: in_memory.stats().events


@pytest.mark.parametrize(
    "body",
    [visit(), [visit()], {"events": [visit()]}, {"key": None, "token": None, "events": [visit()]}],
    ids=["object", "list", "envelope", "envelope with nulls"],
)
def test_the_three_forms_are_taken(backend: Client, stored: Any, body: Any) -> None:
    assert backend.post(EVENTS, body).statuses == ["accepted"]
    assert stored() == 1


@pytest.mark.parametrize("other", ["customers", "orders"])
def test_an_envelope_of_another_route_is_sent_there(backend: Client, stored: Any, other: str) -> None:
    answer = backend.post(EVENTS, {other: []})
    assert (answer.status, answer.code) == (400, "invalid_body")
    assert f"/v1/{other}" in answer.document["message"]
    assert stored() == 0


def test_an_answer_is_given_for_each_in_order(backend: Client) -> None:
    answer = backend.post(EVENTS, [visit(), {"uuid": str(ALICE), "action": "none.such"}, 5, None, visit()])
    assert answer.status == 200
    refused = "rejected invalid_event"
    assert answer.statuses == ["accepted", "rejected undefined_action", refused, refused, "accepted"]
    assert set(answer.document["results"][0]) == {"status", "event_id", "reason", "detail"}


def test_the_results_are_the_documents_of_the_engine(backend: Client, in_memory: footfall.Engine) -> None:
    events = [visit() | {"event_id": f"00000000-0000-4000-8000-00000000000{n}"} for n in range(3)]
    events[1]["action"] = "session.end"
    answer = backend.post(EVENTS, events).document["results"]
    again = [footfall.document(one) for one in in_memory.track_many(events)]
    assert answer[1] == again[1]
    assert [one | {"status": "duplicate"} for one in answer[::2]] == again[::2]


def test_attributes_and_orders_come_in_the_same_forms(backend: Client, in_memory: footfall.Engine) -> None:
    gold = {"uuid": str(ALICE), "attributes": {"plan": "gold"}}
    order = {"uuid": str(ALICE), "order_id": "1042", "items": [{"sku": "tea"}]}
    for path, one, plural in (("/v1/customers", gold, "customers"), ("/v1/orders", order, "orders")):
        for body in (one, [one], {plural: [one]}):
            assert backend.post(path, body).statuses[0] in ("accepted", "duplicate")
    profile = in_memory.profile(ALICE)
    assert profile.attributes == {"plan": "gold"}
    assert profile.counts == {"product.buy": 1, "transaction.charge": 1}


def test_nothing_at_all_may_be_handed_in(backend: Client) -> None:
    assert backend.post(EVENTS, []).document == {"results": []}
    assert backend.post(EVENTS, {"events": []}).document == {"results": []}


@pytest.mark.parametrize(
    "body", [5, "text", None, True, {"events": {}}, {"events": [], "more": 1}, {"events": [], "key": 5}]
)
def test_what_has_none_of_the_three_forms_is_refused(backend: Client, stored: Any, body: Any) -> None:
    answer = backend.post(EVENTS, json.dumps(body).encode())
    assert (answer.status, answer.code) == (400, "invalid_body")
    assert "events" in answer.document["message"]
    assert stored() == 0


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "text/plain;charset=UTF-8",
        "text/plain; x=gzip",
    ],
)
def test_json_is_taken_by_each_name_that_a_browser_may_give_it(backend: Client, kind: str) -> None:
    assert backend.post(EVENTS, visit(), content_type=kind).statuses == ["accepted"]


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=latin-1"],
)
def test_another_type_is_refused(backend: Client, stored: Any, kind: str) -> None:
    answer = backend.post(EVENTS, visit(), content_type=kind)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert stored() == 0


def test_what_gzip_packed_is_taken_by_header_or_by_its_first_bytes(backend: Client) -> None:
    packed = gzip.compress(json.dumps(visit()).encode())
    assert backend.post(EVENTS, packed, content_encoding="gzip").statuses == ["accepted"]
    assert backend.post(EVENTS, packed).statuses == ["accepted"]
    assert backend.post(EVENTS, packed, content_type="text/plain").statuses == ["accepted"]


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_another_encoding_is_refused_and_told_what_to_use(backend: Client, encoding: str) -> None:
    answer = backend.post(EVENTS, visit(), content_encoding=encoding)
    assert (answer.status, answer.code) == (415, "unsupported_encoding")
    assert answer.headers["accept-encoding"] == "gzip"


PACKED = gzip.compress(json.dumps([visit()]).encode())
FAULTY = {
    "cut short": PACKED[:-9],
    "cut in its check": PACKED[:-1],
    "with another member behind": PACKED + PACKED,
    "with bytes behind": PACKED + b"x",
    "damaged": PACKED[:20] + b"\xff\xff" + PACKED[22:],
    "nothing but the beginning": PACKED[:2],
    "packed twice": gzip.compress(PACKED),
}


@pytest.mark.parametrize("body", FAULTY.values(), ids=FAULTY.keys())
def test_what_gzip_did_not_make_in_one_piece_is_refused(backend: Client, stored: Any, body: bytes) -> None:
    for headers in ({}, {"content_encoding": "gzip"}):
        answer = backend.post(EVENTS, body, **headers)
        assert (answer.status, answer.code) in [(400, "invalid_gzip"), (400, "invalid_json")]
    assert stored() == 0


def test_what_is_not_packed_though_its_header_says_so_is_refused(backend: Client) -> None:
    assert backend.post(EVENTS, visit(), content_encoding="gzip").code == "invalid_gzip"


def test_a_bomb_is_refused_before_it_is_unpacked(backend: Client) -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    assert len(bomb) < MOST_BYTES
    answer = backend.post(EVENTS, bomb)
    assert (answer.status, answer.code, answer.headers["connection"]) == (413, "body_too_large", "close")


def test_a_body_may_have_a_million_bytes_and_no_more(backend: Client) -> None:
    whole = json.dumps([visit()]).encode().ljust(MOST_BYTES)
    assert backend.post(EVENTS, whole).statuses == ["accepted"]
    assert backend.post(EVENTS, gzip.compress(whole)).statuses == ["accepted"]
    for body in (whole + b" ", gzip.compress(whole + b" ")):
        assert backend.post(EVENTS, body).status == 413


def test_a_length_that_is_too_large_is_refused_before_the_first_byte(backend: Client) -> None:
    for length in (str(MOST_BYTES + 1), "9" * 5_000):
        answer = backend.post(EVENTS, visit(), content_length=length)
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert backend.pieces_before == 0


def test_pieces_are_counted_as_they_come(backend: Client, stored: Any) -> None:
    answer = backend.ask("POST", EVENTS, pieces=[b"[" + b" " * 400_000] * 10)
    assert answer.status == 413
    assert backend.pieces_before == 3
    assert stored() == 0


def test_who_is_still_sending_what_is_too_large_is_heard_to_the_end_for_a_while(backend: Client) -> None:
    for client in (backend, backend.with_headers(content_length="4000000")):
        assert client.ask("POST", EVENTS, pieces=[b" " * 400_000] * 10).status == 413
        assert client.pieces_taken == 10
    assert backend.ask("POST", EVENTS, pieces=[b" " * 400_000] * 100).status == 413
    assert backend.pieces_taken < 50
    assert backend.ask("POST", EVENTS, pieces=[b" " * 2_000_000, LEFT]).status == 413


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (EVENTS, {"authorization": "Bearer sk_unknown"}, 401),
        ("/v1/nothing", {}, 404),
        ("/healthz", {}, 405),
        (EVENTS, {"content_type": "text/html"}, 415),
        (EVENTS, {"content_encoding": "br"}, 415),
    ],
)
def test_who_is_refused_before_the_body_is_read_is_heard_to_the_end_too(
    backend: Client, path: str, headers: dict[str, Any], status: int
) -> None:
    pieces = [b" " * 90_000] * 10
    assert backend.ask("POST", path, pieces=pieces, content_length="900000", **headers).status == status
    assert backend.pieces_taken == 10
    assert backend.ask("POST", path, pieces=pieces, transfer_encoding="chunked", **headers).status == status
    assert backend.pieces_taken == 10


def test_who_sends_a_body_that_is_read_already_is_not_waited_for(backend: Client) -> None:
    assert backend.post(EVENTS, b"{", content_length="1").status == 400
    assert backend.get("/healthz", pieces=[SILENT]).status == 200


def test_who_sends_no_more_of_it_is_not_waited_for(backend: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "_LINGER_SECONDS", 0.05)
    assert backend.ask("POST", EVENTS, pieces=[b" " * 2_000_000, SILENT]).status == 413


def test_a_body_in_pieces_is_taken(backend: Client) -> None:
    body = json.dumps(visit()).encode()
    assert backend.ask("POST", EVENTS, pieces=[body[:5], b"", body[5:]]).statuses == ["accepted"]


@pytest.mark.parametrize("length", ["-1", "1e3", "+5", "0x10", "", "\xb2"])
def test_a_length_that_is_no_number_is_refused(backend: Client, length: str) -> None:
    assert backend.post(EVENTS, visit(), content_length=length).code == "invalid_length"


def test_length_and_pieces_together_are_refused(backend: Client, stored: Any) -> None:
    answer = backend.post(EVENTS, visit(), content_length="5", transfer_encoding="chunked")
    assert (answer.status, answer.code, answer.headers["connection"]) == (400, "ambiguous_length", "close")
    assert stored() == 0


@pytest.mark.parametrize("pieces", [[SILENT], [b'[{"uuid"', SILENT]], ids=["from the start", "in the middle"])
def test_a_body_that_does_not_come_is_not_waited_for(
    in_memory: footfall.Engine, keys: Keys, pieces: list[bytes]
) -> None:
    client = Client(asgi(in_memory, body_seconds=0.05), {"authorization": f"Bearer {keys.server}"})
    answer = client.ask("POST", EVENTS, pieces=pieces)
    assert (answer.status, answer.code, answer.headers["connection"]) == (408, "body_timeout", "close")
    assert in_memory.stats().events == 0


def test_a_body_that_comes_when_the_door_ends_is_not_waited_for_as_long(backend: Client, stored: Any) -> None:
    backend.door.parts().end_soon(0.1)
    answer = backend.ask("POST", EVENTS, pieces=[b"[", SILENT])
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "closing", "1")
    assert stored() == 0


@pytest.mark.parametrize("is_ending", [False, True])
def test_what_is_cut_off_is_told_that_the_server_stops(door: Door, keys: Keys, is_ending: bool) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    async def is_cancelled() -> bool:
        headers = [(b"authorization", f"Bearer {keys.server}".encode()), (b"content-length", b"5")]
        asking = asyncio.create_task(
            door({"type": "http", "method": "POST", "path": EVENTS, "headers": headers}, receive, send)
        )
        await asyncio.sleep(0.1)
        asking.cancel()
        await asyncio.wait([asking])
        return asking.cancelled()

    if is_ending:
        door.parts().end_soon(10)
    assert asyncio.run(is_cancelled()) is not is_ending
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (503, "closing")


def test_of_a_client_that_leaves_in_the_middle_nothing_is_stored(backend: Client, stored: Any) -> None:
    with pytest.raises(NoAnswer):
        backend.ask("POST", EVENTS, pieces=[json.dumps(visit()).encode(), LEFT])
    assert stored() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b"[1,]",
        b"\xff\xfe",
        b"\xef\xbb\xbf[]",
        b"{'a': 1}",
        '"\xe9"'.encode("latin-1"),
        b"[]x",
        b"[" * 100_000,
    ],
)
def test_what_is_not_json_is_refused(backend: Client, stored: Any, body: bytes) -> None:
    answer = backend.post(EVENTS, body)
    assert (answer.status, answer.code) == (400, "invalid_json")
    assert stored() == 0


@pytest.mark.parametrize(
    ("number", "detail"),
    [
        ("1" * 5_000, "params.n is not a finite number"),
        ("NaN", "params.n is not a finite number"),
        ("-Infinity", "params.n is not a finite number"),
        ("1e999", "finite"),
    ],
)
def test_numbers_that_are_none_are_refused_with_their_event_alone(backend: Client, number: str, detail: str) -> None:
    body = json.dumps([visit(n=1), visit()]).replace('"n": 1', f'"n": {number}')
    answer = backend.post(EVENTS, body.encode())
    assert answer.statuses == ["rejected invalid_params", "accepted"]
    assert detail in answer.document["results"][0]["detail"]


@pytest.mark.parametrize("text", ["\\ud83d", "\\u0000"])
def test_text_that_is_none_is_refused_with_its_event_alone(backend: Client, text: str) -> None:
    body = json.dumps([visit(n="x"), visit()]).replace('"x"', f'"{text}"')
    assert backend.post(EVENTS, body.encode()).statuses == ["rejected invalid_params", "accepted"]


def test_an_event_that_is_too_large_or_too_deep_is_refused_alone(backend: Client) -> None:
    deep: Any = 1
    for _ in range(20):
        deep = [deep]
    answer = backend.post(EVENTS, [visit(text="x" * 70_000), visit(deep=deep), visit()])
    assert answer.statuses == ["rejected too_large", "rejected invalid_params", "accepted"]


def test_a_thousand_are_taken_and_not_one_more(backend: Client, stored: Any) -> None:
    assert set(backend.post(EVENTS, [visit()] * 1_000).statuses) == {"accepted"}
    for body in ([visit()] * 1_001, {"events": [visit()] * 1_001}):
        answer = backend.post(EVENTS, body)
        assert (answer.status, answer.code) == (413, "too_many")
    assert stored() == 1_000


@pytest.mark.parametrize(
    "name", ["authorization", "footfall-key", "content-type", "content-encoding", "content-length", "origin"]
)
def test_a_header_that_is_there_twice_is_refused(anybody: Client, name: str) -> None:
    answer = anybody.post(EVENTS, visit(), lines=[(name, "5"), (name, "5")])
    assert (answer.status, answer.code) == (400, "repeated_header")


def test_what_a_page_sends_that_is_fetched_in_advance_is_dropped(browser: Client, backend: Client, stored: Any) -> None:
    event_id = "3f2b8c1e-7a54-4b8e-9d3c-5e1f0a6b7c8d"
    body = [visit() | {"event_id": event_id}, 5]
    for purpose in ("prefetch", "prefetch;prerender", "Prefetch;anonymous-client-ip"):
        answer = browser.post(EVENTS, body, sec_purpose=purpose)
        assert answer.statuses == ["dropped prefetch"] * 2
        assert [one["event_id"] for one in answer.document["results"]] == [event_id, None]
    assert stored() == 0
    assert browser.door.parts().tally.dropped == {"prefetch": 6}
    assert browser.post(EVENTS, visit(), sec_purpose="").statuses == ["accepted"]
    assert backend.post(EVENTS, visit(), sec_purpose="prefetch").statuses == ["accepted"]


@pytest.mark.parametrize("event_id", ['"\\ud800"', '"no id"', "5", "null", "[]", "{}"])
def test_what_is_dropped_is_answered_whatever_its_id(browser: Client, event_id: str) -> None:
    answer = browser.post(EVENTS, f'[{{"event_id": {event_id}}}]'.encode(), sec_purpose="prefetch")
    assert answer.statuses == ["dropped prefetch"]
    assert answer.document["results"][0]["event_id"] is None


def test_page_facts_come_with_what_browsers_send_and_not_with_what_backends_say(
    browser: Client, backend: Client, in_memory: footfall.Engine
) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    for client, uuid in ((browser, ALICE), (backend, BOB)):
        client.post(EVENTS, visit() | {"uuid": str(uuid)}, user_agent=firefox, accept_language="de")
    entries = [one for uuid in (ALICE, BOB) for one in in_memory.timeline(uuid) if one.action == "page.visit"]
    assert [one.params for one in entries] == [
        {"url": "/", "browser": "Firefox", "device": "desktop", "language": "de"},
        {"url": "/"},
    ]


def test_the_shop_s_key_may_stand_in_the_body(anybody: Client, keys: Keys) -> None:
    answer = anybody.post(EVENTS, {"key": keys.public, "events": [visit()]}, origin=SHOP)
    assert answer.statuses == ["accepted"]
