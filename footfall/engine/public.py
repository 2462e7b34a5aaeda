"""The names that a host uses, each as `footfall.NAME`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..application.ingest.submissions import Event, HandedIn
from ..application.ports.errors import (
    EngineClosed,
    ForkedInTransaction,
    InvalidDatabase,
    InvalidSettings,
    MigrationNeeded,
    NameTaken,
    NewerDatabase,
    StoreBusy,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
    UnreadableEvent,
)
from ..application.ports.vocabulary import SubmissionKind
from ..application.reading.metrics import Durations, Metrics, PoolMetrics, StoreMetrics
from ..application.reading.subscription import Subscription
from ..application.running.interruptions import held_back
from ..domain.conditions import Above, Absent, AllOf, AtLeast, AtMost, Below, Between, OneOf, Present
from ..domain.customer_uuid import customer_uuid
from ..domain.definition import Definition, Parameter, ParameterType
from ..domain.errors import FootfallError, InvalidArgument, InvalidDefinition, Reason, Rejected
from ..domain.sender import Access, Sender
from ..domain.spans import Span
from ..domain.timeouts import InvalidTimeout
from ..projections.read_model import Change, Column, ColumnType, Index, ReadModel, UnknownView
from .answers import (
    ActivityEvent,
    CurrentSession,
    Difference,
    ImportReport,
    IssuerRow,
    JobStatus,
    KeyRow,
    NewKey,
    Outcome,
    PageCount,
    PageRow,
    PageVisit,
    ParkedRow,
    Problem,
    Profile,
    ProfileRow,
    ProjectionStatus,
    RejectionRow,
    RejectionStatus,
    Result,
    SessionRow,
    SessionsDue,
    SessionSummary,
    Stats,
    Status,
    StoreStatus,
    TimelineEntry,
    TimeoutRow,
    Verification,
    ViewComparison,
    WhatIf,
)
from .async_opening import open_async
from .document import document
from .opening import open  # noqa: A004  # it is read as footfall.open
from .parameters import Array, Boolean, Integer, Number, Object, String, Timestamp
from .tracking import Tracking

if TYPE_CHECKING:
    from .async_engine import AsyncEngine
    from .async_subscription import AsyncSubscription
    from .engine import Engine

__all__ = [
    "Above",
    "Absent",
    "Access",
    "ActivityEvent",
    "AllOf",
    "Array",
    "AsyncEngine",
    "AsyncSubscription",
    "AtLeast",
    "AtMost",
    "Below",
    "Between",
    "Boolean",
    "Change",
    "Column",
    "ColumnType",
    "CurrentSession",
    "Definition",
    "Difference",
    "Durations",
    "Engine",
    "EngineClosed",
    "Event",
    "FootfallError",
    "ForkedInTransaction",
    "HandedIn",
    "ImportReport",
    "Index",
    "Integer",
    "InvalidArgument",
    "InvalidDatabase",
    "InvalidDefinition",
    "InvalidSettings",
    "InvalidTimeout",
    "IssuerRow",
    "JobStatus",
    "KeyRow",
    "Metrics",
    "MigrationNeeded",
    "NameTaken",
    "NewKey",
    "NewerDatabase",
    "Number",
    "Object",
    "OneOf",
    "Outcome",
    "PageCount",
    "PageRow",
    "PageVisit",
    "Parameter",
    "ParameterType",
    "ParkedRow",
    "PoolMetrics",
    "Present",
    "Problem",
    "Profile",
    "ProfileRow",
    "ProjectionStatus",
    "ReadModel",
    "Reason",
    "Rejected",
    "RejectionRow",
    "RejectionStatus",
    "Result",
    "Sender",
    "SessionRow",
    "SessionSummary",
    "SessionsDue",
    "Span",
    "Stats",
    "Status",
    "StoreBusy",
    "StoreFull",
    "StoreMetrics",
    "StoreRefused",
    "StoreStatus",
    "StoreUnavailable",
    "String",
    "SubmissionKind",
    "Subscription",
    "TimelineEntry",
    "TimeoutRow",
    "Timestamp",
    "Tracking",
    "UnknownView",
    "UnreadableEvent",
    "Verification",
    "ViewComparison",
    "WhatIf",
    "customer_uuid",
    "document",
    "open",
    "open_async",
]


def __getattr__(name: str) -> Any:
    # The engine brings much with it, which only who opens a store needs.
    if name == "Engine":
        with held_back():
            from .engine import Engine

        return Engine
    if name == "AsyncEngine":
        from .async_engine import AsyncEngine

        return AsyncEngine
    if name == "AsyncSubscription":
        from .async_subscription import AsyncSubscription

        return AsyncSubscription
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
