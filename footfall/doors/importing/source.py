"""Where lines come from: a file, a gzip file, or standard input."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, cast

from ...domain.errors import FootfallError
from ...engine.arguments import EVENTS_A_COMMIT, EVENTS_SHARED


class UnreadableSource(FootfallError):
    """The input cannot be read; the message says why."""


class Source:
    """Numbered lines, and how much of the input has been read (`size` is None where nobody can know it)."""

    def __init__(self, raw: BinaryIO, text: BinaryIO, size: int | None) -> None:
        self._raw, self._text, self.size = raw, text, size
        self._numbered = self._read()

    @property
    def position(self) -> int:
        """Bytes read so far, of the compressed file where it is one."""
        return self._raw.tell() if self.size is not None else 0

    @property
    def at_once(self) -> int:
        """So many lines are taken in together: of a pipe fewer, for they may come slowly."""
        return EVENTS_A_COMMIT if self.size is not None else EVENTS_SHARED

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Lines that are not blank, numbered from 1, without their ends."""
        return self._numbered

    def beginning(self, most: int) -> list[bytes]:
        """The first lines, at most so many, which `lines` gives nevertheless."""
        first = list(islice(self._numbered, most))
        self._numbered = chain(first, self._numbered)
        return [line for _, line in first]

    def _read(self) -> Iterator[tuple[int, bytes]]:
        number = 0
        try:
            for number, line in enumerate(self._text, 1):
                stripped = line.rstrip(b"\r\n")
                if stripped.strip():
                    yield number, stripped
        except (OSError, EOFError) as error:
            where = f"the input broke off behind line {number}" if number else "the input cannot be read"
            raise UnreadableSource(
                f"{where}: {error}. Import it again once it is whole: what is stored by then is recognised by its "
                "event ids"
            ) from error


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Open a file or a pipe by its path, unpacking one that ends in `.gz`; `-` is standard input. Raises
    `UnreadableSource`."""
    if name == "-":
        yield Source(sys.stdin.buffer, sys.stdin.buffer, None)
        return
    path = Path(name)
    try:
        raw = path.open("rb")
    except OSError as error:
        raise UnreadableSource(f"{name} cannot be read: {error.strerror}") from None
    with raw:
        text = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
        yield Source(raw, text, path.stat().st_size if raw.seekable() else None)
