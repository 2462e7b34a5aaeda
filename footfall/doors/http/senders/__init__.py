"""Who calls, and what it may do: keys, and the JWTs of trusted issuers."""

from .caller import ADMIN, READ, SCOPES, WRITE, Caller, NotAdmitted, Token
from .senders import Senders

__all__ = ["ADMIN", "READ", "SCOPES", "WRITE", "Caller", "NotAdmitted", "Senders", "Token"]
