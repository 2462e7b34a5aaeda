"""Every document that the engine answers with, for whoever shows or passes on what it says."""

from ..application.ingest.import_lines import ImportReport, Problem
from ..application.reading.answers import (
    ActivityEvent,
    IssuerRow,
    KeyRow,
    NewKey,
    Outcome,
    RejectionRow,
    TimelineEntry,
    TimeoutRow,
    WhatIf,
)
from ..application.reading.operation_answers import (
    Difference,
    JobStatus,
    ParkedRow,
    ProjectionStatus,
    RejectionStatus,
    SessionsDue,
    StoreStatus,
    Verification,
    ViewComparison,
)
from ..domain.profile import CurrentSession, Profile
from ..domain.results import Result, Status
from ..projections.page_visits import PageRow, PageVisit
from ..projections.profiles import ProfileRow
from ..projections.session_summary import PageCount, SessionSummary
from ..projections.sessions import SessionRow
from ..projections.totals import Stats

__all__ = [
    "ActivityEvent",
    "CurrentSession",
    "Difference",
    "ImportReport",
    "IssuerRow",
    "JobStatus",
    "KeyRow",
    "NewKey",
    "Outcome",
    "PageCount",
    "PageRow",
    "PageVisit",
    "ParkedRow",
    "Problem",
    "Profile",
    "ProfileRow",
    "ProjectionStatus",
    "RejectionRow",
    "RejectionStatus",
    "Result",
    "SessionRow",
    "SessionSummary",
    "SessionsDue",
    "Stats",
    "Status",
    "StoreStatus",
    "TimelineEntry",
    "TimeoutRow",
    "Verification",
    "ViewComparison",
    "WhatIf",
]
