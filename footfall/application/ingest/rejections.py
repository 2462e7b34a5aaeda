"""Rejections: what is kept of a refused submission, how it is shown, and how it is handed in again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha1, sha256
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from ...domain import moments
from ...domain.errors import Rejected, shown, storable
from ...domain.json_values import Unfit, by_table
from ...domain.params import MAX_BYTES
from ..ports.vocabulary import REJECTION_CURSORS, CutContent, Rejection, RejectionPlace, SubmissionKind
from ..reading.answers import RejectionRow
from .refused import uuid_in
from .submissions import Submission

_REJECTIONS = UUID("a2c5a6a0-6f53-5c0e-8a5f-1f2f5ad1c0de")

KEPT_BYTES = 64 * 1024
"""Keep so much of a refused content that is larger than any event may be. What may be taken in later is kept whole: in
ASCII, as it is kept, that takes up to three times as much and some blanks."""
_LARGEST_IN_ASCII = 4 * KEPT_BYTES
_AROUND_PARAMS = 1024


class KeptContent(NamedTuple):
    """What is kept of a submission, for whichever reason it is refused. The id is that of the whole of it."""

    rejection_id: UUID
    customer: UUID | None
    content: str
    cut: CutContent | None


def keep_content(submission: Submission) -> KeptContent:
    """Write a submission down, once; the same thing from the same sender has the same id, however refused, and one that
    is handed in again has the id that it had."""
    content = submission.content
    if isinstance(content, Mapping) and submission.fresh_id is not None and submission.kind is not SubmissionKind.ORDER:
        content = {**content, "event_id": submission.fresh_id}
    customer, sender = uuid_in(content, "uuid"), submission.sender
    whole = _as_json(content).encode()
    name = sha1(_REJECTIONS.bytes, usedforsecurity=False)  # what uuid5 gives, without a copy of the whole
    name.update(f"{submission.kind} {sender.level} {sender.customer} ".encode())
    name.update(whole)
    rejection_id = submission.rejection_id or UUID(bytes=name.digest()[:16], version=5)
    if len(whole) <= KEPT_BYTES or _may_be_taken_in(whole):
        return KeptContent(rejection_id, customer, whole.decode(), None)
    cut = CutContent(len(whole), sha256(whole).hexdigest())
    return KeptContent(rejection_id, customer, whole[:KEPT_BYTES].decode(), cut)


def _may_be_taken_in(whole: bytes) -> bool:
    if len(whole) > _LARGEST_IN_ASCII:
        return False
    try:
        return len(msgspec.json.encode(json.loads(whole))) <= MAX_BYTES + _AROUND_PARAMS
    except (TypeError, ValueError, RecursionError):
        return False  # what cannot be written is refused for ever


def rejection(submission: Submission, kept: KeptContent, refused: Rejected) -> Rejection:
    """A submission that was written down, and why it was refused."""
    return Rejection(
        kept.rejection_id,
        submission.kind,
        kept.customer,
        kept.content,
        submission.sender,
        submission.received_at,
        refused.reason,
        storable(refused.detail),
        cut=kept.cut,
    )


def redrivable(kept: Rejection) -> bool:
    """Whether a rejection can be handed in again as it came: it is whole, and JSON has a form for all that it holds."""
    return kept.cut is None and kept.content.startswith("{")


def resubmit(kept: Rejection) -> Submission:
    """Hand a rejection in again, as it came; its own event id is among its content."""
    content = json.loads(kept.content)
    if kept.kind is SubmissionKind.ORDER and "charge" in content:
        content["params"] = content.pop("charge")  # the name that an earlier Footfall kept them under
    return Submission(kept.kind, content, kept.sender, kept.received_at, None, kept.rejection_id)


def why_not_again(kept: Rejection) -> str:
    """What is said of a rejection that is not `redrivable` where it should be handed in again."""
    if kept.cut is not None:
        held = f"only the first {len(kept.content)} of {kept.cut.size} bytes were kept"
    else:
        held = "it was kept as text, because it is no event or JSON has no form for what it held"
    return f"{held}, send it anew; it was refused for: {kept.detail}"


def describe_rejection(kept: Rejection) -> RejectionRow:
    """A rejection as it is shown."""
    size, digest = kept.cut or (len(kept.content), sha256(kept.content.encode()).hexdigest())
    return RejectionRow(
        rejection_id=str(kept.rejection_id),
        reason=kept.reason,
        detail=kept.detail,
        uuid=None if kept.customer is None else str(kept.customer),
        received_at=moments.to_datetime(kept.received_at),
        kind=kept.kind,
        content=kept.content,
        size=size,
        sha256=digest,
        cut=kept.cut is not None,
        redrivable=redrivable(kept),
        cursor=REJECTION_CURSORS.text(RejectionPlace(kept.number)),
    )


def _as_json(content: Any) -> str:
    # What JSON cannot hold is kept as Python shows it, as one text: nothing that it merely resembles is ever taken in
    # its place.
    try:
        return json.dumps(by_table(content), sort_keys=True)
    except (Unfit, TypeError, ValueError, RecursionError):
        return json.dumps(_as_python(content))


def _as_python(content: Any) -> str:
    # Field by field: one that cannot be shown takes no other with it.
    if not isinstance(content, Mapping):
        return shown(content, None)
    fields = (f"{shown(name, None)}: {shown(value, None)}" for name, value in content.items())
    return f"{{{', '.join(fields)}}}"
