"""Who calls, and what it may do: keys, and the JWTs of trusted issuers."""

from .caller import Caller, NotAdmitted, Token
from .senders import Senders

__all__ = ["Caller", "NotAdmitted", "Senders", "Token"]
