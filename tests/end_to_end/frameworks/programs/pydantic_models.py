"""Models of a host with answers among their fields, and every kind of answer by itself."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import footfall
from footfall.engine import answers
from tests.end_to_end.frameworks.programs.story import CUSTOMER, told


class Page(BaseModel):
    """What a page of a back office shows."""

    profile: footfall.Profile
    sessions: list[footfall.SessionRow]
    newest: footfall.PageVisit | None
    results: dict[str, footfall.Result]
    store: footfall.StoreStatus
    definitions: dict[str, footfall.Definition]


def kinds() -> list[Any]:
    """Every kind of answer that is a name of the package."""
    return [kind for name in answers.__all__ if dataclasses.is_dataclass(kind := getattr(footfall, name))]


def main() -> None:
    """Everything goes through a model, to JSON and back, and is what it was."""
    with told(footfall.open(sys.argv[1])) as engine:
        sessions = engine.sessions(fresh=True)
        good = {"uuid": CUSTOMER, "action": "page.visit", "params": {"url": "/"}}
        results = engine.track_many([good, {"uuid": CUSTOMER, "action": "no.such"}])
        page = Page(
            profile=engine.profile(CUSTOMER),
            sessions=sessions,
            newest=engine.page_visits(CUSTOMER)[0],
            results={str(result.status): result for result in results},
            store=engine.status(),
            definitions=engine.definitions(),
        )
        profile = engine.profile(CUSTOMER)
    assert page.profile == profile
    again = Page.model_validate_json(page.model_dump_json())
    assert again == page
    assert again.profile.last_seen == profile.last_seen
    assert isinstance(again.results["accepted"].event_id, UUID)
    assert again.results["accepted"]
    assert not again.results["rejected"]
    rows = TypeAdapter(list[footfall.SessionRow])
    assert rows.validate_json(rows.dump_json(sessions)) == sessions
    assert rows.validate_python(footfall.document(sessions)) == sessions
    assert len(kinds()) > 25
    for kind in kinds():
        assert TypeAdapter(kind).json_schema()["properties"]
    with pytest.raises(ValidationError, match="started_at"):
        rows.validate_python([footfall.document(sessions[0]) | {"started_at": "noon"}])
    print("done")  # noqa: T201


if __name__ == "__main__":
    main()
