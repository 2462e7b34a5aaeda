"""The names that a host uses, each as `footfall.NAME`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..application.ingest.admission import Event
from ..application.ingest.ingest import Result, Status
from ..application.ports.errors import (
    EngineClosed,
    ForkedInTransaction,
    MigrationNeeded,
    NameTaken,
    StoreBusy,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
    UnreadableEvent,
)
from ..application.reading.subscription import Subscription
from ..domain.definition import Definition, Parameter, ParameterType
from ..domain.errors import FootfallError, InvalidArgument, InvalidDefinition, Reason, Rejected
from ..domain.profile import Profile
from ..domain.sender import Access, Sender
from ..domain.spans import Span
from ..domain.timeouts import InvalidTimeout
from ..projections.read_model import Change, Column, ColumnType, Index, ReadModel
from .opening import open  # noqa: A004  # it is read as footfall.open
from .parameters import Array, Boolean, Integer, Number, Object, String, Timestamp
from .tracking import Tracking

if TYPE_CHECKING:
    from .engine import Engine

__all__ = [
    "Access",
    "Array",
    "Boolean",
    "Change",
    "Column",
    "ColumnType",
    "Definition",
    "Engine",
    "EngineClosed",
    "Event",
    "FootfallError",
    "ForkedInTransaction",
    "Index",
    "Integer",
    "InvalidArgument",
    "InvalidDefinition",
    "InvalidTimeout",
    "MigrationNeeded",
    "NameTaken",
    "Number",
    "Object",
    "Parameter",
    "ParameterType",
    "Profile",
    "ReadModel",
    "Reason",
    "Rejected",
    "Result",
    "Sender",
    "Span",
    "Status",
    "StoreBusy",
    "StoreFull",
    "StoreRefused",
    "StoreUnavailable",
    "String",
    "Subscription",
    "Timestamp",
    "Tracking",
    "UnreadableEvent",
    "open",
]


def __getattr__(name: str) -> Any:
    # The engine brings the drivers with it, which only who opens a store needs.
    if name == "Engine":
        from .engine import Engine

        return Engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
