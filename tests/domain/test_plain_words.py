"""What the library that checks values finds is told in words of our own."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from footfall.domain.plain_words import what_is_wrong


class _Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


_Positive = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=365))]


@pytest.mark.parametrize(
    ("wanted", "value", "told"),
    [
        (int, "x", "'x' is no whole number"),
        (int, 1.5, "1.5 is no whole number"),
        (int, None, "None is no whole number"),
        (float, "x", "'x' is no number"),
        (bool, "maybe", "'maybe' is neither true nor false"),
        (str, 5, "5 is no text"),
        (datetime, "soon", "'soon' is no moment, such as 2026-03-05T12:00"),
        (timedelta, "soon", "'soon' is no duration, such as 90s, 30m or PT30M"),
        (_Colour, "green", "'green' is none of 'red' or 'blue'"),
        (Literal["red", "blue"], "green", "'green' is none of 'red' or 'blue'"),
        (Annotated[int, Field(ge=1)], 0, "0 is less than 1"),
        (Annotated[int, Field(le=5)], "6", "'6' is more than 5"),
        (_Positive, timedelta(0), "0:00:00 is not more than 0 seconds"),
        (_Positive, timedelta(days=400), "400 days, 0:00:00 is more than 365 days"),
    ],
)
def test_a_value_that_does_not_fit(wanted: Any, value: object, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(wanted).validate_python(value)
    assert what_is_wrong(refused.value.errors()[0]) == told


def test_what_has_no_words_of_ours_is_told_in_the_library_s() -> None:
    assert what_is_wrong({"type": "dict_type", "input": 5, "msg": "Input should be a dictionary"}).startswith("Input")
