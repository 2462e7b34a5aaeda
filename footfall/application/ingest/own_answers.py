"""What a call is answered of which an earlier attempt may have been stored, though no answer came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...domain.events import Fact
from ...domain.results import Result, Status, taken
from ..ports.log import AppendTransaction
from .batch import FactKey
from .submissions import Submission


def with_own(
    batch: Sequence[Submission],
    results: Sequence[Result],
    stored: Mapping[FactKey, Fact],
    transaction: AppendTransaction,
) -> list[Result]:
    """The results, where what an earlier attempt of the same call has stored is accepted, whatever the rules are by
    now."""

    def is_own(submission: Submission) -> bool:
        attempt, admitted = submission.attempt, submission.admitted
        if attempt is None or admitted is None:
            return False
        if attempt.stored is None:
            attempt.stored = transaction.holds(attempt.partition, attempt.after, attempt.upto)
        found = stored.get((admitted.customer, admitted.facts[0].event_id))
        # Where a position is given again after a rollback, as on SQLite, it may be another's.
        return attempt.stored and found is not None and found.received_at == submission.received_at

    return [
        taken(Status.ACCEPTED, submission.admitted.facts[0].event_id)  # type: ignore[union-attr]  # it is its own
        if result.status is not Status.ACCEPTED and is_own(submission)
        else result
        for submission, result in zip(batch, results, strict=True)
    ]
