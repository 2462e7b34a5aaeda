"""The command line: `footfall`, or `python -m footfall`."""

from .app import main

__all__ = ["main"]
