"""Who calls, and what it may do: keys, and the JWTs of trusted issuers."""

from .caller import ADMIN, READ, WRITE, Caller, NotAdmitted, Token
from .senders import Senders

__all__ = ["ADMIN", "READ", "WRITE", "Caller", "NotAdmitted", "Senders", "Token"]
