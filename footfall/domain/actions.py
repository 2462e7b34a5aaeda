"""Names of actions: `context.activity`, and which of them only the engine may write."""

from __future__ import annotations

import re

from .errors import Reason, Rejected

PAGE_VISIT = "page.visit"
SESSION_START = "session.start"
SESSION_END = "session.end"
SESSION_REVISE = "session.revise"
TRANSACTION_CHARGE = "transaction.charge"
PRODUCT_BUY = "product.buy"
CLIENT_LOGIN = "client.login"

ENGINE_ACTIONS = frozenset({SESSION_START, SESSION_END, SESSION_REVISE})
TRANSACTION_ACTIONS = frozenset({TRANSACTION_CHARGE, PRODUCT_BUY})

_NAME = re.compile(r"(?=.{2,32}\Z)[A-Za-z0-9._-]+\.[A-Za-z0-9._-]+", re.ASCII)


def check_name(action: str) -> str:
    """Return `action` if it is well formed: 2 to 32 of `a-z A-Z 0-9 . - _`, a dot with something on both sides.

    Raises `Rejected` (`invalid_action`).
    """
    if _NAME.fullmatch(action) is None:
        raise Rejected(
            Reason.INVALID_ACTION,
            f"action {action[:40]!r} must be 2 to 32 of a-z A-Z 0-9 . - _ in the form context.activity",
        )
    return action
