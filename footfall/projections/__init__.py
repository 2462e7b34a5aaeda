"""The read models: one a file, each with its columns and its fold over the log."""

from .attribute_values import AttributeValues
from .page_visits import PageVisits
from .profiles import Profiles
from .read_model import ReadModel
from .session_handles import SessionHandles
from .sessions import Sessions

PAGE_VISITS = PageVisits()
SESSIONS = Sessions()
SESSION_HANDLES = SessionHandles()
PROFILES = Profiles()
ATTRIBUTE_VALUES = AttributeValues()

READ_MODELS: tuple[ReadModel, ...] = (PAGE_VISITS, SESSIONS, SESSION_HANDLES, PROFILES, ATTRIBUTE_VALUES)
"""Every view, in the order in which they are shown."""
