from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.errors import Reason
from footfall.domain.moments import EARLIEST, LATEST, SECOND, from_datetime, iso, parse
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
    ],
)
def test_text_with_an_offset_is_moved_to_utc_and_without_one_it_is_utc(text: str) -> None:
    assert parse(text) == NOON


def test_a_number_is_epoch_milliseconds() -> None:
    assert parse(1_431_950_400_000) == NOON
    assert parse(0) == 0
    assert parse(-1) == -1_000


def test_microseconds_are_kept() -> None:
    assert parse("2015-05-18T12:00:00.000001Z") == NOON + 1


def test_a_datetime_without_an_offset_is_utc() -> None:
    assert parse(datetime(2015, 5, 18, 12)) == NOON  # noqa: DTZ001  # the missing offset is the point
    assert parse(datetime(2015, 5, 18, 14, tzinfo=timezone(timedelta(hours=2)))) == NOON


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
