"""Keys and issuers as a process knows them, made ready to be asked for every call."""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from ....domain.key import KnownKey
from ....domain.trusted import Trusted
from .caller import Caller, Token

if TYPE_CHECKING:
    from .tokens import Verified, Verifier

TOKENS_REMEMBERED = 10_000
_SECRET = "sk_"  # noqa: S105  # with this it begins
_LONGEST_KEY = 200


class Known:
    """What is `trusted`, and the tokens that were verified by it: another one is made when it changes, so that nothing
    of what was believed before outlasts it."""

    def __init__(self, trusted: Trusted) -> None:
        self.trusted = trusted
        keys = [(one, Caller.with_key(one.key)) for one in trusted.keys.values() if not one.is_over]
        self._public = {one.key.key_id: (one, caller) for one, caller in keys if not caller.is_server}
        self._servers = {one.key.secret_sha256: (one, caller) for one, caller in keys if caller.is_server}
        self._verified: dict[bytes, Verified] = {}
        self.origins = frozenset(origin for one, _ in self._public.values() for origin in one.key.origins)

    def key(self, sent: str) -> tuple[KnownKey, Caller] | None:
        """The key that was sent, and who holds it; None where it is unknown."""
        if not sent.startswith(_SECRET):
            return self._public.get(sent)
        digest = sha256(sent[:_LONGEST_KEY].encode("utf-8", "replace")).digest()
        found = self._servers.get(digest)
        return found if found is not None and compare_digest(found[0].key.secret_sha256 or b"", digest) else None

    def token(self, sent: str, now: int) -> Token:
        """What a token says at a moment (µs). Raises `NotAdmitted`."""
        digest = sha256(sent.encode("utf-8", "replace")).digest() if isinstance(sent, str) else b""
        seen = self._verified.get(digest)
        if seen is not None and now < seen.until:
            return seen.token
        verified = self._verifier.verify(sent, now)
        if len(self._verified) >= TOKENS_REMEMBERED:
            self._verified.clear()
        self._verified[digest] = verified
        return verified.token

    @cached_property
    def _verifier(self) -> Verifier:
        # Verifying takes libraries that need 8 MB, which is for those who are sent tokens.
        from .tokens import Verifier

        return Verifier(self.trusted.issuers)
