"""Documents are the same to the byte whichever way they are made: keys, their order, and how a moment is written."""

from __future__ import annotations

import json
import logging
from dataclasses import FrozenInstanceError, dataclass, fields
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.engine import answers
from tests.engine.answered import every_document, lines

EXPECTED = Path(__file__).with_name("documents.txt").read_text().splitlines()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """One customer is parked on purpose, and the log says so."""
    caplog.set_level(logging.CRITICAL, logger="footfall")


def test_every_document_is_what_it_always_was_to_the_byte() -> None:
    assert list(lines()) == EXPECTED


def test_the_json_module_writes_the_same_documents_by_themselves() -> None:
    written = [
        f"{name}: {json.dumps(answer, default=footfall.document, ensure_ascii=False, separators=(',', ':'))}"
        for name, answer in every_document().items()
    ]
    assert written == EXPECTED


def test_every_kind_of_answer_is_a_frozen_class_with_slots_that_a_host_can_name() -> None:
    for name in set(answers.__all__) - {"Status"}:
        kind: Any = getattr(footfall, name)
        assert kind.__slots__ == tuple(field.name for field in fields(kind))
        with pytest.raises(FrozenInstanceError):
            setattr(object.__new__(kind), fields(kind)[0].name, None)


def test_a_moment_is_written_in_utc_with_microseconds() -> None:
    east = timezone(timedelta(hours=2))
    assert footfall.document(datetime(2026, 3, 5, 14, tzinfo=east)) == "2026-03-05T12:00:00.000000Z"
    assert footfall.document(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000000Z"
    assert footfall.document(datetime.max.replace(tzinfo=UTC)) == "9999-12-31T23:59:59.999999Z"


def test_rows_of_a_view_and_values_of_a_host_around_answers_become_documents_too() -> None:
    @dataclass
    class Page:
        customer: UUID
        stats: footfall.Stats

    page = Page(UUID(int=1), footfall.Stats(1, 2, 3, 4, 5))
    stats = {"events": 1, "customers": 2, "page_visits": 3, "sessions": 4, "rejected": 5}
    assert footfall.document((page, {"text": "a"})) == [{"customer": str(UUID(int=1)), "stats": stats}, {"text": "a"}]
    assert type(footfall.document(footfall.Status.ACCEPTED)) is str


@pytest.mark.parametrize("value", [object(), Decimal(1), {1, 2}, footfall.Stats, iter([])])
def test_what_has_no_json_form_is_refused_by_its_type(value: Any) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        footfall.document(value)
