"""What a store may answer instead of doing what it was asked."""

from __future__ import annotations

from ...domain.errors import FootfallError

DO_IT_AGAIN = "roll back and do the whole transaction again"
"""What a host is told whose own transaction Footfall cannot go on in."""


class InvalidDatabase(FootfallError):
    """The database URL is malformed, of a kind that Footfall does not speak, or none of a store that lasts."""


class InvalidSettings(FootfallError):
    """A setting is not valid; the message names it, as the argument or the variable that it was said by."""


class NewerDatabase(FootfallError):
    """The database was written by a newer Footfall than this one."""


class UnreadableEvent(FootfallError):
    """A stored event or snapshot is of a kind or a shape that this program does not know."""


class AppendConflict(FootfallError):
    """Another writer was first, or an event id is stored already; nothing of the batch was written."""


class CatalogueChanged(FootfallError):
    """Somebody defined an action meanwhile; admit again."""


class StoreUnavailable(FootfallError):
    """The database could not be reached or gave up, which may pass; whether the batch was written is not known."""


class StoreBusy(FootfallError):
    """Another process held the database for longer than Footfall waits; nothing was written."""


class StoreRefused(FootfallError):
    """The database does not let this user in or do what was asked, or what was asked for is not there; to try again
    changes nothing, and the message says what does."""


class MigrationNeeded(FootfallError):
    """The store is not there, or not as this Footfall needs it, and was not to be changed; the message says what is
    missing."""


class NameTaken(FootfallError):
    """There is a table, not of Footfall's making, where one of the store would be; the message says what to do."""


class StoreFull(FootfallError):
    """There is no room for what was to be written; nothing of it was."""


class EngineClosed(FootfallError):
    """The engine was closed; nothing was read or written."""


class ForkedInTransaction(FootfallError):
    """The process was forked while a transaction was under way that cannot be gone on with here; the message says
    what can be done."""
