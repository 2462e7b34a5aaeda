"""Events that an older version wrote are read, every one: the fixtures are a store that version 0.1 left, and what 0.1
itself read in it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

import footfall
from footfall.domain.events import ActivityRecorded
from footfall.infrastructure.log import codec

from ...conftest import Torture
from ...made_up.writers import NOON, Taking
from ...watch.plain_sql import query, sqlite_file

FIXTURES = Path(__file__).parents[2] / "made_up" / "fixtures"
NOW = NOON + 30 * 24 * 60 * 60 * 1_000_000


def no_defaults(patch: pytest.MonkeyPatch) -> None:
    """Events are read only in the shape in which they are written today."""
    fields = [(name, field.type) for name, field in zip(ActivityRecorded.__struct_fields__, _fields(), strict=True)]
    strict = msgspec.defstruct("ActivityRecorded", fields, array_like=True)
    patch.setitem(codec._DECODERS, ActivityRecorded.topic, msgspec.msgpack.Decoder(strict).decode)


def _fields() -> Any:
    return msgspec.structs.fields(ActivityRecorded)


def read(torture: Torture, url: str, taken_away: Taking | None) -> None:
    """Open the old store, and compare what is read with what 0.1 read."""
    Path(sqlite_file(url)).write_bytes(gzip.decompress((FIXTURES / "store-0.1.db.gz").read_bytes()))
    expected = json.loads(gzip.decompress((FIXTURES / "store-0.1.json.gz").read_bytes()))
    with pytest.MonkeyPatch.context() as patch, footfall.open(url, clock=lambda: NOW) as engine:
        if taken_away is not None:
            taken_away(patch)
        try:
            compare(torture, engine, expected)
            must_be_folded(torture, engine, url)
        except footfall.UnreadableEvent as error:
            torture.tally.differs(f"an event cannot be read: {error}")


def compare(torture: Torture, engine: footfall.Engine, expected: dict[str, Any]) -> None:
    """Every customer's profile and timeline, the rejections, and the catalogue, but for what is built in since."""
    for who, then in expected["customers"].items():
        torture.tally.cycles += 1
        profile = _plain(engine.profile(who))
        if {name: profile.get(name) for name in then["profile"]} != then["profile"]:
            torture.tally.differs(f"the profile is {profile}, it was {then['profile']}")
        timeline = {entry["event_id"]: entry for entry in _plain(engine.timeline(who, limit=None, raw=True))}
        torture.tally.acknowledged += len(then["timeline"])
        for entry in then["timeline"]:
            now = timeline.get(entry["event_id"], {})
            if {name: now.get(name) for name in entry} != entry:
                torture.tally.lost += 1
                torture.tally.mention(f"{entry} is read as {timeline.get(entry['event_id'])}")
    later = {action for action, one in engine.definitions().items() if one.built_in} - set(expected["definitions"])
    if sorted(engine.definitions().keys() - later) != expected["definitions"]:
        torture.tally.differs("the catalogue is another one")
    if [row["content"] for row in _plain(engine.rejected())] != [row["content"] for row in expected["rejected"]]:
        torture.tally.differs("the rejections are others")


def must_be_folded(torture: Torture, engine: footfall.Engine, url: str) -> None:
    """The views take all of it, and a follower is given all of it."""
    engine.sweep()
    verification = engine.verify()
    if not verification.ok:
        torture.tally.differs(f"the views are not what the log gives: {verification}"[:300])
    followed = len(list(engine.subscribe(after="start", follow=False)))
    written = query(url, "SELECT count(*) FROM footfall.log WHERE action IS NOT NULL")[0][0]
    torture.tally.lost += written - followed


def _plain(answer: Any) -> Any:
    return footfall.document(answer)


def test_all_of_them_are_readable(torture: Torture, sqlite_url: str) -> None:
    torture.endure(lambda without: read(torture, sqlite_url, without), no_defaults)


def test_control_no_default_for_what_was_added(torture: Torture, sqlite_url: str) -> None:
    torture.control(lambda without: read(torture, sqlite_url, without), no_defaults)
