"""The read models: one a file, each with its columns and its fold over the log."""

from .page_visits import PageVisits
from .profiles import Profiles
from .read_model import ReadModel
from .session_handles import SessionHandles
from .sessions import Sessions

PAGE_VISITS = PageVisits()
SESSIONS = Sessions()
SESSION_HANDLES = SessionHandles()
PROFILES = Profiles()

READ_MODELS: tuple[ReadModel, ...] = (PAGE_VISITS, SESSIONS, SESSION_HANDLES, PROFILES)
"""Every view, in the order in which they are shown."""
