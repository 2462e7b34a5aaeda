"""Live events: what is committed, whichever process writes it, told to listeners as server-sent events."""

from .live import Live

__all__ = ["Live"]
