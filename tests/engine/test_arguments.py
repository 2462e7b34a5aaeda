"""Arguments as callers write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from footfall.domain.errors import InvalidArgument, Reason
from footfall.engine.arguments import at_most, customer_named, moment_of, reason_named, several

ALICE = UUID("c0ffee00-0000-4000-8000-000000000001")


def test_a_customer_may_be_named_by_a_uuid_or_its_text() -> None:
    assert customer_named(ALICE) == customer_named(str(ALICE)) == ALICE


def test_a_moment_may_be_text_milliseconds_or_a_datetime() -> None:
    moment = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert moment_of(moment) == moment_of("2026-03-05T12:00Z") == moment_of(1_772_712_000_000) == 1_772_712_000_000_000


def test_a_reason_may_be_named_by_its_text() -> None:
    assert reason_named("conflict") is Reason.CONFLICT


def test_a_limit_may_be_none_or_nothing() -> None:
    assert (at_most(None), at_most(0), at_most(7)) == (None, 0, 7)


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (customer_named, "nobody"),
        (customer_named, 7),
        (customer_named, None),
        (several, {"uuid": str(ALICE), "action": "page.visit"}),
        (several, "page.visit"),
        (several, None),
        (moment_of, "yesterday"),
        (moment_of, 10**30),
        (reason_named, "because"),
        (at_most, -1),
    ],
)
def test_what_is_wrong_is_refused_with_the_value_in_the_message(read: Callable[[Any], Any], wrong: Any) -> None:
    with pytest.raises(InvalidArgument):
        read(wrong)
