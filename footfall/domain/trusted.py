"""Whom a door lets in."""

from __future__ import annotations

from typing import NamedTuple

from .issuers import Issuers
from .keys import Keys


class Trusted(NamedTuple):
    """All keys, and the issuers that are trusted, as they stand: the same objects as long as nothing changes."""

    keys: Keys
    issuers: Issuers
