"""What a scenario counts: how often the fault was caused, and what the checker found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import pytest


@dataclass
class Tally:
    """Everything but `cycles` and `acknowledged` must stay 0. `differences` are rows of views that no fold of the log
    gives, half-written batches, holes in versions, events that nobody sent, errors that reached a caller; `seen` tells
    of a few of them in words, lost and doubled ones too."""

    cycles: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    differences: int = 0
    seen: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled or different, and something happened that could have been."""
        return self.cycles > 0 and not self.damaged

    @property
    def damaged(self) -> bool:
        """Whether anything was lost, doubled or different."""
        return bool(self.lost or self.doubled or self.differences)

    def differs(self, what: str, number: int = 1) -> None:
        """Count differences, and keep a few of them in words."""
        self.differences += number
        self.mention(what)

    def mention(self, what: str) -> None:
        """Keep a finding in words, if there are not many yet."""
        if len(self.seen) < 20:
            self.seen.append(what)

    def figures(self) -> dict[str, int]:
        """The counts by name."""
        return {name: value for name, value in asdict(self).items() if name != "seen"}


TALLY = pytest.StashKey[Tally]()
"""Where a test keeps its tally."""
SEED = pytest.StashKey[int]()
"""Where a run keeps its seed."""
