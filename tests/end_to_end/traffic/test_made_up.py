"""The made-up traffic has what makes real traffic hard, and nobody's real address."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address, ip_network
from itertools import pairwise

from tests.end_to_end.traffic.made_up import CUT_OFF_AT, made_up_lines
from tests.end_to_end.traffic.reckoning import TIMEOUT, Request, reckon

LINES = made_up_lines()
RECKONED = reckon(LINES)
REQUESTS = RECKONED.requests
RESERVED = [
    ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "10.0.0.0/8", "2001:db8::/32")
]


def share(requests: list[Request]) -> float:
    """So much of the whole."""
    return len(requests) / len(REQUESTS)


def test_it_has_ten_thousand_lines_and_they_are_the_same_every_time() -> None:
    assert len(LINES) == 10_000
    assert made_up_lines() == LINES
    assert made_up_lines(seed=1) != LINES


def test_one_line_is_cut_off() -> None:
    assert RECKONED.unparsed == [CUT_OFF_AT]
    assert LINES[CUT_OFF_AT - 1].count('"') == 5


def test_it_comes_from_about_1700_addresses_and_none_of_them_is_anybodys() -> None:
    addresses = {one.address for one in REQUESTS}
    assert 1_600 < len(addresses) < 1_800
    assert all(any(ip_address(address) in net for net in RESERVED) for address in addresses)


def test_half_of_the_neighbouring_lines_are_out_of_time_order() -> None:
    out_of_order = sum(after.time < before.time for before, after in pairwise(REQUESTS))
    assert 0.45 < out_of_order / len(REQUESTS) < 0.55


def test_it_takes_several_days_in_several_time_zones() -> None:
    days = Counter(one.time.date() for one in REQUESTS)
    assert sum(number > 1_000 for number in days.values()) == 4
    assert len({one.time.utcoffset() for one in REQUESTS}) == 3


def test_much_of_it_is_no_page_visit_for_every_reason_there_is() -> None:
    assert 0.35 < share(RECKONED.visits) < 0.5
    others = [one for one in REQUESTS if not one.is_page_visit]
    assert {one.request.split()[0] for one in others} == {"GET", "HEAD", "POST", "OPTIONS"}
    assert {one.status for one in others} >= {200, 301, 304, 403, 404, 500}
    assert {one.status for one in RECKONED.visits} == {200, 206, 304}
    assert {"/robots.txt", "/ROBOTS.TXT", "/style.css", "/SITE.JS", "//images/tea.JPG?v=3"} <= {
        one.url for one in others
    }
    assert {"/robots.txt.html", "/"} <= set(RECKONED.pages)


def test_it_has_queries_robots_and_referrers_given_and_not() -> None:
    assert share([one for one in REQUESTS if "?" in one.url]) > 0.1
    assert any("?file=style.css" in one.url for one in RECKONED.visits)
    assert share([one for one in REQUESTS if "bot" in one.agent.lower() or "spider" in one.agent.lower()]) > 0.02
    assert 0.05 < share([one for one in REQUESTS if one.referrer == "-"]) < 0.5
    assert any('"' in one.referrer for one in RECKONED.visits)


def test_it_has_odd_user_agents() -> None:
    agents = {one.agent for one in RECKONED.visits}
    assert {"-", '"quoted"', "[brackets] 200 [and] - numbers"} <= agents
    assert len(agents) > 8


def test_the_same_line_occurs_twice_among_visits() -> None:
    assert any(number > 1 for number in Counter(RECKONED.visits).values())


def test_gaps_between_visits_are_exactly_the_timeout_and_a_second_more() -> None:
    times: dict[tuple[str, str], set[int]] = {}
    for visit in RECKONED.visits:
        times.setdefault((visit.address, visit.agent), set()).add(int(visit.time.timestamp()))
    gaps = Counter(after - before for one in times.values() for before, after in pairwise(sorted(one)))
    half_an_hour = int(TIMEOUT.total_seconds())
    assert all(gaps[half_an_hour + more] > 10 for more in (-1, 0, 1))
    assert max(Counter(len(sessions) for sessions in RECKONED.sessions.values())) > 5
