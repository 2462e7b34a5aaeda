"""The views brought up to date before they are checked."""

from __future__ import annotations

import footfall

from .tally import Tally


def catch_up(url: str, tally: Tally) -> None:
    """Fold what the views have not seen; that they cannot is a finding like any other."""
    try:
        with footfall.open(url) as engine:
            engine.catch_up()
    except footfall.FootfallError as error:
        tally.differs(f"the views cannot be brought up to date: {error}")
