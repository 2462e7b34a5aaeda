"""Write the page anew."""

from __future__ import annotations

from pathlib import Path

from .page import page

if __name__ == "__main__":
    Path(__file__).parents[2].joinpath("docs", "events.md").write_text(page())
