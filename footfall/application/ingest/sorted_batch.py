"""A batch on its way into the log: what of it is admitted, what is refused, and what must be looked up first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from ...domain.customer import INITIAL, Customer
from ...domain.errors import Rejected
from ...domain.past_sessions import reaches
from ...domain.recognition import is_recognised, may_recognise
from ...domain.sender import Access
from ...domain.spans import Span, merged
from ..settings.known_settings import SettingsAt
from .admission import Admitted, Submission, admit
from .batch import FactKey
from .refused import Refused, refused
from .rejections import KeptContent, keep_content

_ANONYMOUS = Access.ANONYMOUS


class SortedBatch:
    """Submissions, each admitted or refused under the settings as they stand: `admissions`, in order.

    `admitted` are also what an earlier attempt of the same call was, and `was_tried` tells whether there was one.
    `customers` are those whose states are needed, by the integers of their uuids.
    """

    __slots__ = ("_anonymous", "_refused", "admissions", "admitted", "customers", "was_tried")

    def __init__(self, batch: Sequence[Submission], known: SettingsAt, written: list[KeptContent | None]) -> None:
        catalogue, timeout = known.catalogue, known.timeout
        self.admissions: list[Admitted | Refused] = []
        self.admitted: list[Admitted] = []
        self._refused: list[Refused] = []
        self._anonymous: list[Admitted | Refused] = []
        self.was_tried = False
        for at, submission in enumerate(batch):
            admission: Admitted | Refused
            try:
                admission = admit(submission, catalogue, timeout)
            except Rejected as why:
                admission = refused(submission, why)
                self._refused.append(admission)
                # What may be very large is written down once, and while nobody waits for locks.
                written[at] = written[at] or keep_content(submission)
            else:
                self.admitted.append(admission)
            self.admissions.append(admission)
            if submission.sender.level is _ANONYMOUS:
                self._anonymous.append(admission)
            if submission.attempt is not None:
                self.was_tried = True
                self.admitted += [] if submission.admitted is None else [submission.admitted]
        self.customers = {one.customer.int: one.customer for one in self.admitted}
        if self._anonymous:
            self.customers |= {one.customer.int: one.customer for one in self._anonymous if one.customer is not None}

    def ids_to_look_up(self, states: Mapping[int, Customer], expected: bool) -> list[FactKey]:
        """The ids that must be known before it is decided: of all where some are `expected` to be stored, else of what
        is refused, which is never appended, and of what anonymous senders hand in for customers who are recognised, or
        may be by its end. Others are mostly new, and the append itself finds the rest."""
        ids = [(one.customer, fact.event_id) for one in self.admitted for fact in one.facts] if expected else []
        if self._refused:
            ids += [key for one in self._refused for key in one.ids()]
        if not self._anonymous:
            return ids
        recognised = {one.customer.int for one in self.admitted if any(map(may_recognise, one.facts))}
        admitted = [one for one in self._anonymous if isinstance(one, Admitted)]
        own = {one.customer.int for one in admitted}
        recognised.update(key for key in own if is_recognised(states.get(key, INITIAL)))
        return ids + [
            (one.customer, fact.event_id) for one in admitted if one.customer.int in recognised for fact in one.facts
        ]

    def late(self, states: Mapping[int, Customer]) -> dict[UUID, list[Span]]:
        """What activity reaches that is older than the sessions which its customer's state holds."""
        short = {key: state for key, state in states.items() if state.forgotten_until is not None}
        if not short:
            return {}
        reached: dict[UUID, list[Span]] = {}
        for one in self.admitted:
            state = short.get(one.customer.int)
            if state is not None:
                reached.setdefault(one.customer, []).extend(reaches(state, one.facts))
        return {customer: merged(spans) for customer, spans in reached.items() if spans}
