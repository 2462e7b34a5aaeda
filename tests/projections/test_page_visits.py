from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.events import ActivityRecorded
from footfall.projections import PAGE_VISITS
from footfall.projections.page_visits import host_and_path
from tests.builders import CUSTOMER, LAW, NOON, OTHER, TIMEOUT, activity, learned, uid, visit
from tests.projections.view import View


def test_a_visit_is_a_row_with_all_that_it_says() -> None:
    seen = visit(
        NOON - 5, 1, "https://Shop.example:8443/shoes?size=42#top", title="Shoes", referrer="https://find.example/"
    )
    assert View(PAGE_VISITS).take(seen).documents() == [
        {
            "event_id": uid(1),
            "uuid": CUSTOMER,
            "time": NOON - 5,
            "ahead": 0,
            "received_at": NOON,
            "url": "https://Shop.example:8443/shoes?size=42#top",
            "host": "shop.example",
            "path": "/shoes",
            "title": "Shoes",
            "referrer": "https://find.example/",
            "in_session": 1,
        }
    ]


def test_what_a_visit_does_not_say_is_none() -> None:
    (row,) = View(PAGE_VISITS).take(visit(NOON, 1, "/a", title=None)).documents()
    assert (row["title"], row["referrer"]) == (None, None)


def test_only_page_visits_are_rows() -> None:
    view = View(PAGE_VISITS).take(activity(NOON, 1, "screen.view"), learned(NOON, 2, city="Brno"), visit(NOON, 3))
    assert view.table("event_id") == [(uid(3),)]


def test_a_visit_that_was_no_session_activity_when_it_was_taken_in_is_marked() -> None:
    view = View(PAGE_VISITS).take(visit(NOON, 1), visit(NOON, 2, counts=False))
    assert view.table("event_id", "in_session") == [(uid(1), 1), (uid(2), 0)]


def test_rows_are_added_and_none_is_ever_needed_or_removed() -> None:
    view = View(PAGE_VISITS).take(visit(NOON, 1))
    late = [visit(NOON - TIMEOUT, 2)]
    assert PAGE_VISITS.spans(late) == ()
    assert PAGE_VISITS.fold(CUSTOMER, (), late).removed == ()
    assert view.take(*late).table("time") == [(NOON - TIMEOUT,), (NOON,)]


def test_one_id_of_two_customers_is_two_rows() -> None:
    view = View(PAGE_VISITS).take(visit(NOON, 1)).take(visit(NOON, 1), customer=OTHER)
    assert view.table("uuid", "event_id") == [(CUSTOMER, uid(1)), (OTHER, uid(1))]


def test_a_visit_with_params_that_are_not_defined_has_no_further_columns() -> None:
    params = {"url": "/a", "uuid": "other", "time": 7}
    event = ActivityRecorded(NOON, NOON, uid(1), "page.visit", params, is_session_activity=True)
    assert View(PAGE_VISITS).take(event).table("uuid", "time", "url") == [(CUSTOMER, NOON, "/a")]


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://shop.example/shoes/red", "shop.example", "/shoes/red"),
        ("HTTPS://SHOP.Example/Shoes", "shop.example", "/Shoes"),
        ("https://shop.example", "shop.example", "/"),
        ("https://shop.example?q=a/b", "shop.example", "/"),
        ("https://shop.example#a/b", "shop.example", "/"),
        ("http://localhost:8000/a", "localhost", "/a"),
        ("https://ada:secret@shop.example/a", "shop.example", "/a"),
        ("//shop.example/a", "shop.example", "/a"),
        ("/a/b?c=d#e", "", "/a/b"),
        ("", "", "/"),
    ],
)
def test_host_and_path_are_taken_from_the_url(url: str, host: str, path: str) -> None:
    assert host_and_path(url) == (host, path)


@LAW
@given(st.text(st.sampled_from("aZ:/?#[]@.%é \n\t"), max_size=20))
def test_no_text_is_too_odd_to_have_a_host_and_a_path(url: str) -> None:
    host, path = host_and_path(url)
    assert host == host.lower()
    assert path
    assert not {"?", "#"} & set(host)
