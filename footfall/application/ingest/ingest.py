"""Ingest: admit what is handed in, decide, append a whole batch in one transaction, answer for each in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from ...domain.customer import Customer
from ...domain.errors import Reason, Rejected
from ...domain.events import Fact
from ...domain.past_sessions import reaches
from ...domain.sender import SERVER, Sender
from ...domain.spans import Span, merged
from ..ports.errors import CatalogueChanged
from ..ports.log import CATALOGUE_PARTITION, AppendTransaction, Log
from ..ports.vocabulary import Clock, NewId, Rejection, SubmissionKind
from ..running.retries import gc_paused, retried, retried_within
from ..settings.known_settings import KnownSettings, SettingsAt
from .admission import Admitted, Submission, admit, submit
from .batch import Batch, FactKey
from .group_commit import GroupCommit
from .rejections import KeptContent, keep_content, rejection, resubmit, why_not_again
from .state_cache import StateCache, Unremembered

BATCH = 500


class Status(StrEnum):
    """What became of a submission."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class Result(msgspec.Struct, frozen=True, gc=False):
    """The answer to one submission; `reason` and `detail` say why it was rejected."""

    status: Status
    event_id: UUID | None = None
    reason: Reason | None = None
    detail: str = ""


class Ingest:
    """Takes submissions in. Threads may share it; they share commits, too.

    `within` a host's own transaction it answers before anything is committed, shares nothing and remembers nothing.
    """

    def __init__(self, log: Log, settings: KnownSettings, clock: Clock, new_id: NewId, *, within: bool = False) -> None:
        self._log, self._settings = log, settings
        self._clock, self._new_id = clock, new_id
        self._states = Unremembered() if within else StateCache(log)
        self._retried = retried_within if within else retried
        self._expect_known = False
        self._take = self._commit if within else GroupCommit(self._commit, BATCH)

    def submit_many(self, kind: SubmissionKind, contents: Iterable[Any], sender: Sender = SERVER) -> list[Result]:
        """Take things in, `BATCH` to a transaction. Answers are given after commit, in order."""
        results: list[Result] = []
        remaining = iter(contents)
        while batch := list(islice(remaining, BATCH)):
            received_at = self._clock()
            results += self._take([submit(kind, content, sender, received_at, self._new_id) for content in batch])
        return results

    def redrive(self, reason: Reason | None = None) -> list[Result]:
        """Hand rejections in again, as they came; those that are no longer refused are released. One that is not whole
        stays as it is."""
        results: list[Result] = []
        last = 0
        while kept := self._log.rejections(reason, last, BATCH):
            whole = [resubmit(rejected) for rejected in kept if rejected.cut is None]
            again = iter(self._take(whole) if whole else ())
            results += (next(again) if rejected.cut is None else _still_refused(rejected) for rejected in kept)
            last = kept[-1].number
        return results

    def _commit(self, batch: Sequence[Submission]) -> list[Result]:
        with gc_paused():
            return self._retried(self._attempt, batch, [None] * len(batch))

    def _attempt(self, batch: Sequence[Submission], written: list[KeptContent | None]) -> list[Result]:
        known = self._settings.as_known
        admissions = [_admit(submission, known) for submission in batch]
        # What may be very large is written down once, and while nobody waits for locks.
        for at, admission in enumerate(admissions):
            if isinstance(admission, Rejected):
                written[at] = written[at] or keep_content(batch[at])
        admitted = [admission for admission in admissions if isinstance(admission, Admitted)]
        customers = {admission.customer for admission in admitted}
        with self._log.transaction(customers) as transaction:
            if transaction.heads[CATALOGUE_PARTITION] != known.head:
                self._settings.refresh()
                raise CatalogueChanged
            states = self._states.load(transaction, customers)
            stored = self._look_up(transaction, admitted)
            spans = _late(states, admitted)
            decided = Batch(states, stored, transaction.past_sessions(spans) if spans else {})
            results = [_decide(decided, admission) for admission in admissions]
            states, snapshots = decided.finish()
            transaction.append(decided.events, snapshots, decided.deadlines())
            _keep_rejections(transaction, batch, written, results)
        self._states.committed(states, transaction.reached)
        self._expect_known = any(result.status is Status.DUPLICATE for result in results)
        return results

    def _look_up(self, transaction: AppendTransaction, admitted: Sequence[Admitted]) -> dict[FactKey, Fact]:
        # Most batches are new throughout: then the unique index is asked once, by the append itself. It is asked
        # before only while events do come twice, and after a failure.
        expected, self._expect_known = self._expect_known, True
        if not expected:
            return {}
        return transaction.stored([(one.customer, fact.event_id) for one in admitted for fact in one.facts])


def _late(states: Mapping[UUID, Customer], admitted: Iterable[Admitted]) -> dict[UUID, list[Span]]:
    # What activity reaches that is older than the sessions which its customer's state holds.
    late: dict[UUID, list[Span]] = {}
    for one in admitted:
        state = states.get(one.customer)
        if state is not None and state.forgotten_until is not None:
            late.setdefault(one.customer, []).extend(reaches(state, one.facts))
    return {customer: merged(spans) for customer, spans in late.items() if spans}


def _admit(submission: Submission, known: SettingsAt) -> Admitted | Rejected:
    try:
        return admit(submission, known.catalogue, known.timeout)
    except Rejected as refused:
        return refused


def _decide(batch: Batch, admission: Admitted | Rejected) -> Result:
    if isinstance(admission, Rejected):
        return Result(Status.REJECTED, None, admission.reason, admission.detail)
    event_id = admission.facts[0].event_id
    try:
        taken = batch.take(admission)
    except Rejected as refused:
        return Result(Status.REJECTED, event_id, refused.reason, refused.detail)
    return Result(Status.ACCEPTED if taken else Status.DUPLICATE, event_id)


def _still_refused(kept: Rejection) -> Result:
    return Result(Status.REJECTED, None, kept.reason, why_not_again(kept))


def _keep_rejections(
    transaction: AppendTransaction,
    batch: Sequence[Submission],
    written: Sequence[KeptContent | None],
    results: Sequence[Result],
) -> None:
    refused = [
        rejection(submission, content or keep_content(submission), Rejected(result.reason, result.detail))
        for submission, content, result in zip(batch, written, results, strict=True)
        if result.reason is not None
    ]
    kept = {one.rejection_id for one in refused}
    tried = {submission.rejection_id for submission in batch if submission.rejection_id is not None}
    if refused or tried:
        transaction.keep(refused, tried - kept)
