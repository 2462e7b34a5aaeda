from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.errors import Reason
from footfall.domain.moments import (
    EARLIEST,
    HOUR,
    LATEST,
    SECOND,
    from_datetime,
    iso,
    parse,
    parse_event_time,
    parse_loosely,
    to_datetime,
)
from tests.builders import LAW, NOON, refused

OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def test_noon_is_what_an_independent_calendar_says() -> None:
    assert NOON == 1_431_950_400 * SECOND


@pytest.mark.parametrize(
    "text",
    [
        "2015-05-18T12:00:00Z",
        "2015-05-18T12:00:00",
        "2015-05-18 12:00:00+00:00",
        "2015-05-18T14:00:00+02:00",
        "2015-05-18T07:30:00-04:30",
        "20150518T120000Z",
        "20150518T12",
        "2015-05-18T12",
        "2015-05-18T1200",
        "2015-05-18T12:00:00,000Z",
    ],
)
def test_text_with_an_offset_is_moved_to_utc_and_without_one_it_is_utc(text: str) -> None:
    assert parse(text) == NOON


def test_a_number_is_epoch_milliseconds() -> None:
    assert parse(1_431_950_400_000) == NOON
    assert parse(0) == 0
    assert parse(-1) == -1_000


@pytest.mark.parametrize("millis", [1_772_600_000, 0, -1, 315_532_799_999, -62_135_596_800_000])
def test_the_time_of_an_event_that_looks_like_seconds_is_refused(millis: int) -> None:
    with refused(Reason.INVALID_TIME) as caught:
        parse_event_time(millis)
    assert "looks like seconds" in caught.value.detail
    assert parse_event_time(iso(parse(millis))) == parse_event_time(to_datetime(parse(millis))) == millis * 1_000


def test_the_time_of_an_event_may_be_any_other_moment() -> None:
    assert parse_event_time(315_532_800_000) == 315_532_800 * SECOND
    assert parse_event_time("1970-01-01") == 0
    assert parse_event_time(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert parse_event_time("2015-05-18T12:00:00Z") == NOON


UNMEANT = [
    "20150518",
    "1771012312345",
    "2015-W21-1",
    "2015W211",
    "2015-W21-1T12:00:00Z",
    "2015-05-18+02:00",
    "2015-05-18-0500",
    "2015-05-18x12:00",
    "20150518 1200",
    "\u0662015-05-18",
]
"""What `datetime.fromisoformat` reads, for the most part, and hardly anybody means."""


@pytest.mark.parametrize("text", UNMEANT)
def test_text_that_is_not_clearly_a_calendar_date_is_refused(text: str) -> None:
    for read in (parse, parse_event_time):
        with refused(Reason.INVALID_TIME) as caught:
            read(text)
        assert "2026-03-05T12:00:00Z" in caught.value.detail


def test_mere_digits_are_told_what_they_should_be() -> None:
    with refused(Reason.INVALID_TIME) as caught:
        parse("1771012312345")
    assert "a number, not text" in caught.value.detail


def test_what_was_once_taken_is_known_for_ever() -> None:
    assert parse_loosely("1771012312345") == parse("1771-01-23T23:45:00Z")
    assert parse_loosely(0) == 0


def test_microseconds_are_kept() -> None:
    assert parse("2015-05-18T12:00:00.000001Z") == NOON + 1


def test_a_datetime_without_an_offset_is_utc() -> None:
    assert parse(datetime(2015, 5, 18, 12)) == NOON  # noqa: DTZ001  # the missing offset is the point
    assert parse(datetime(2015, 5, 18, 14, tzinfo=timezone(timedelta(hours=2)))) == NOON


def test_a_date_begins_at_midnight_utc() -> None:
    assert parse(date(2015, 5, 18)) == parse("2015-05-18") == NOON - 12 * HOUR


@pytest.mark.parametrize("value", ["", "yesterday", "12:00", "2015-13-01", "2015-02-30", "\ud800", "NaN"])
def test_text_that_is_no_moment_is_refused(value: str) -> None:
    with refused(Reason.INVALID_TIME):
        parse(value)


@pytest.mark.parametrize("value", [True, False, 1.5, None, [], {}, b"2015-05-18"])
def test_a_value_of_another_type_is_refused(value: object) -> None:
    with refused(Reason.INVALID_TIME):
        parse(value)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59.999999-00:01"])
def test_a_moment_whose_offset_takes_it_out_of_the_calendar_is_refused(text: str) -> None:
    with refused(Reason.INVALID_TIME):
        parse(text)


def test_the_calendar_ends_to_the_microsecond() -> None:
    assert parse("0001-01-01T00:00:00Z") == EARLIEST
    assert parse("9999-12-31T23:59:59.999999Z") == LATEST


@pytest.mark.parametrize("millis", [LATEST // 1_000 + 1, EARLIEST // 1_000 - 1, 10**30])
def test_milliseconds_beyond_the_calendar_are_refused(millis: int) -> None:
    with refused(Reason.INVALID_TIME):
        parse(millis)


def test_text_shows_utc_with_six_digits() -> None:
    assert iso(NOON) == "2015-05-18T12:00:00.000000Z"
    assert iso(EARLIEST) == "0001-01-01T00:00:00.000000Z"


def test_a_deadline_past_the_calendar_is_shown_as_its_last_microsecond() -> None:
    assert iso(LATEST) == iso(LATEST + SECOND) == "9999-12-31T23:59:59.999999Z"
    assert iso(LATEST + 1) == "9999-12-31T23:59:59.999999Z"


@LAW
@given(st.integers(EARLIEST, LATEST))
def test_what_is_shown_is_read_back(moment: int) -> None:
    assert parse(iso(moment)) == moment == from_datetime(datetime.fromisoformat(iso(moment)))


@LAW
@given(st.integers(EARLIEST, LATEST), st.integers(EARLIEST, LATEST))
def test_text_sorts_as_moments_do(one: int, other: int) -> None:
    assert (iso(one) < iso(other)) == (one < other)


@LAW
@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=OFFSETS))  # noqa: DTZ001  # naive bounds are asked for
def test_the_offset_does_not_change_the_moment(moment: datetime) -> None:
    assert parse(moment) == parse(moment.isoformat()) == parse(moment.astimezone(UTC))
