"""Footfall, an event-sourced customer profile engine: `footfall.open()` is the way in."""

from .application.arguments import InvalidArgument
from .application.ingest import Result, Status
from .application.ports import StoreBusy, StoreFull, StoreUnavailable
from .application.submissions import Event
from .application.subscription import Subscription
from .domain.definition import Definition, Parameter, ParameterType
from .domain.errors import FootfallError, InvalidDefinition, Reason, Rejected
from .domain.sender import Access, Sender
from .domain.timeouts import InvalidTimeout
from .engine import Engine, open  # noqa: A004  # it is read as footfall.open
from .parameters import Array, Boolean, Integer, Number, Object, String, Timestamp

__all__ = [
    "Access",
    "Array",
    "Boolean",
    "Definition",
    "Engine",
    "Event",
    "FootfallError",
    "Integer",
    "InvalidArgument",
    "InvalidDefinition",
    "InvalidTimeout",
    "Number",
    "Object",
    "Parameter",
    "ParameterType",
    "Reason",
    "Rejected",
    "Result",
    "Sender",
    "Status",
    "StoreBusy",
    "StoreFull",
    "StoreUnavailable",
    "String",
    "Subscription",
    "Timestamp",
    "open",
]
