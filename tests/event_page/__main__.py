"""Write the page anew."""

from __future__ import annotations

from .page import FILE, page

if __name__ == "__main__":
    FILE.write_text(page())
