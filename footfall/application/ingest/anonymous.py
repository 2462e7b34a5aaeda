"""What anonymous senders hand in: it is refused for customers who are recognised, unless it is stored already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from ...domain.customer import INITIAL, Customer
from ...domain.recognition import is_recognised, may_recognise
from .admission import Admitted
from .batch import FactKey
from .refused import Refused


def ids_to_look_up(
    anonymous: Iterable[Admitted | Refused], admitted: Iterable[Admitted], states: Mapping[UUID, Customer]
) -> list[FactKey]:
    """The ids to look up before what is of anonymous senders is decided: those for customers who are recognised, or may
    be by the end of the batch. Others are mostly new, and the append itself finds the rest."""
    become = {one.customer for one in admitted if any(map(may_recognise, one.facts))}
    return [
        (one.customer, fact.event_id)
        for one in anonymous
        if isinstance(one, Admitted) and (one.customer in become or is_recognised(states.get(one.customer, INITIAL)))
        for fact in one.facts
    ]
