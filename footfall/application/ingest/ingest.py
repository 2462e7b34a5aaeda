"""Ingest: admit what is handed in, decide, append a whole batch in one transaction, answer for each in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from time import perf_counter
from typing import Any
from uuid import UUID

from ...domain.errors import Reason, Rejected
from ...domain.results import Result, Status
from ...domain.sender import SERVER, Sender
from ..ports.errors import AppendConflict, CatalogueChanged
from ..ports.log import CATALOGUE_PARTITION, AppendTransaction, Log
from ..ports.vocabulary import Clock, NewId, Rejection, SubmissionKind
from ..running.counters import Counters
from ..running.retries import gc_paused, retried, retried_within
from ..running.tracing import UNTRACED, Attributes, Untraced
from ..settings.known_settings import KnownSettings
from .admission import SortedBatch
from .batch import Admission, Batch, Written
from .group_commit import GroupCommit
from .own_answers import with_own
from .rejections import KeptContent, keep_content, redrivable, rejection, resubmit, why_not_again
from .state_cache import States
from .submissions import Attempt, Submission, submit

SHARED = 500
"""So many things that one call hands in are one transaction, and at most so many of several calls."""

BATCH, BYTES = 2_000, 4_000_000
"""Of a call that hands in more, at most so many things, of which about so many bytes are stored: others wait for it."""
_ACCEPTED, _DUPLICATE = Status.ACCEPTED, Status.DUPLICATE


class Ingest:
    """Takes submissions in. Threads may share it; they share commits, too.

    `within` a host's own transaction it answers before anything is committed, shares nothing and remembers nothing.
    """

    def __init__(
        self,
        log: Log,
        states: States,
        settings: KnownSettings,
        clock: Clock,
        new_id: NewId,
        counters: Counters | None = None,
        tracing: Untraced = UNTRACED,
        *,
        within: bool = False,
    ) -> None:
        self._log, self._states, self._settings = log, states, settings
        self._clock, self._new_id = clock, new_id
        self._retried = retried_within if within else retried
        self._expect_known = False
        self._counters, self._attempts = counters, 0  # of the commit that is under way, of which there is one at a time
        self._remembered: Attempt | None = None  # of the same
        self.at_once = SHARED
        """So many things are the next transaction of a call: few, until it is known how large they are."""
        shared = _by_itself if within else _shared
        self._take: _Take = tracing.commits(self._commit, shared, _told)

    def submit_many(self, kind: SubmissionKind, contents: Iterable[Any], sender: Sender = SERVER) -> list[Result]:
        """Take things in, 500 to 2,000 in a transaction. Answers are given after commit, in order."""
        return self.submit_each((kind, content, sender) for content in contents)

    def submit_each(self, handed_in: Iterable[tuple[SubmissionKind, Any, Sender]]) -> list[Result]:
        """The same for things of several kinds and senders."""
        results: list[Result] = []
        remaining = iter(handed_in)
        while batch := self._received(remaining):
            results += self._take(batch)
        return results

    def _received(self, handed_in: Iterator[tuple[SubmissionKind, Any, Sender]]) -> list[Submission]:
        batch = list(islice(handed_in, self.at_once))
        received_at = self._clock()  # when all of it was there, however long that took
        return [submit(one, received_at, self._new_id) for one in batch]

    def redrive(self, reason: Reason | None = None) -> list[Result]:
        """Hand rejections in again, as they came; those that are no longer refused are released. One that is not kept
        as it came stays as it is."""
        results: list[Result] = []
        last = 0
        while kept := self._log.rejections(reason, last, SHARED):  # each of them may be large
            whole = [resubmit(rejected) for rejected in kept if redrivable(rejected)]
            again = iter(self._take(whole) if whole else ())
            results += (next(again) if redrivable(rejected) else _still_refused(rejected) for rejected in kept)
            last = kept[-1].number
        return results

    def _commit(self, batch: Sequence[Submission]) -> list[Result]:
        began, self._attempts = perf_counter(), 0
        try:
            with gc_paused():
                results = self._retried(self._attempt, batch, [None] * len(batch))
        except Exception:
            if self._counters is not None:
                self._counters.failed(self._attempts)
            raise
        if self._counters is not None:
            self._count(self._counters, batch, results, perf_counter() - began)
        return results

    def _count(
        self, counters: Counters, batch: Sequence[Submission], results: Sequence[Result], seconds: float
    ) -> None:
        if not [one for one in results if one.status is not _ACCEPTED]:
            counters.committed(len(batch), 0, (), seconds, self._attempts)
            return
        others = [pair for pair in zip(batch, results, strict=True) if pair[1].status is not _ACCEPTED]
        # What is refused again when it is redriven was counted when it came.
        refused = [one.reason for submission, one in others if one.reason and submission.rejection_id is None]
        duplicate = sum(one.status is _DUPLICATE for _, one in others)
        counters.committed(len(batch) - len(others), duplicate, refused, seconds, self._attempts)

    def _attempt(self, batch: Sequence[Submission], written: list[KeptContent | None]) -> list[Result]:
        self._attempts += 1
        self._remembered = None
        try:
            return self._append(batch, written)
        except (AppendConflict, CatalogueChanged) as refusal:
            if self._remembered is not None:
                self._remembered.stored = False  # which is certain, other than where no answer comes
            if isinstance(refusal, CatalogueChanged):
                self._settings.refresh()
            raise

    def _append(self, batch: Sequence[Submission], written: list[KeptContent | None]) -> list[Result]:
        known = self._settings.as_known
        given = SortedBatch(batch, known, written)
        # Once the log has shown something else than was supposed, it is looked at first.
        first = self._attempts == 1 and not given.was_tried and not self._expect_known

        def suppose() -> Mapping[int, int] | None:
            return self._states.supposed(given.customers, known.head) if first else None

        with self._log.transaction(given.customers.values(), suppose) as transaction:
            if transaction.heads[CATALOGUE_PARTITION] != known.head:
                raise CatalogueChanged
            states = self._states.load(transaction, given.customers)
            # Most batches are new throughout: then the unique index is asked once, by the append itself. It is asked
            # before only while events do come twice, or after a failure.
            expected, self._expect_known = self._expect_known or given.was_tried, True
            ids, spans = given.ids_to_look_up(states, expected), given.late(states)
            stored = transaction.stored(ids) if ids else {}
            decided = Batch(states, stored, transaction.past_sessions(spans) if spans else {})
            results = list(map(decided.answer, batch, given.admissions))
            appended = decided.write(transaction)
            if given.was_tried:
                results = with_own(batch, results, stored, transaction)
            _keep_rejections(transaction, batch, written, results)
            if appended.customer is not None:
                self._remember(batch, given.admissions, results, appended.customer, transaction)
                self.at_once = _fitting(appended)
        self._states.committed(decided.states(), transaction)
        self._expect_known = _DUPLICATE in [result.status for result in results]
        return results

    def _remember(
        self,
        batch: Sequence[Submission],
        admissions: Sequence[Admission],
        results: Sequence[Result],
        customer: UUID,
        transaction: AppendTransaction,
    ) -> None:
        # From here on, whatever happens, it may be stored.
        partition = self._log.partition_of(customer)
        attempt = self._remembered = Attempt(partition, transaction.heads[partition], transaction.reached)
        for submission, admission, result in zip(batch, admissions, results, strict=True):
            if result.status is _ACCEPTED and (submission.attempt is None or not submission.attempt.stored):
                submission.attempt, submission.admitted = attempt, admission  # type: ignore[assignment]  # accepted


def _fitting(written: Written) -> int:
    return max(SHARED, min(BATCH, BYTES * written.events // max(1, written.bytes)))


_Take = Callable[[Sequence[Submission]], Sequence[Result]]


def _shared(commit: _Take) -> _Take:
    return GroupCommit(commit, SHARED)


def _by_itself(commit: _Take) -> _Take:
    return commit


def _told(results: Sequence[Result]) -> Attributes:
    return {f"footfall.{status}": sum(one.status is status for one in results) for status in Status}


def _still_refused(kept: Rejection) -> Result:
    return Result(Status.REJECTED, None, kept.reason, why_not_again(kept))


def _keep_rejections(
    transaction: AppendTransaction,
    batch: Sequence[Submission],
    written: Sequence[KeptContent | None],
    results: Sequence[Result],
) -> None:
    kept = [
        rejection(submission, content or keep_content(submission), Rejected(result.reason, result.detail))
        for submission, content, result in zip(batch, written, results, strict=True)
        if result.reason is not None
    ]
    tried = {submission.rejection_id for submission in batch if submission.rejection_id is not None}
    if kept or tried:
        transaction.keep(kept, tried - {one.rejection_id for one in kept})
