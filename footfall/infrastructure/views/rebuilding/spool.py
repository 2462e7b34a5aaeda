"""Rows of a view that has no index by customer, read once and laid aside in the order of streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any

import msgspec

from ..dialects.statements import StoredRow

IN_MEMORY = 8 << 20
"""More bytes than this go to a temporary file, which has no name: it is gone with the process, however that ends."""

_SIZE = 8
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[Any, ...]]).decode


class Spool:
    """Gives back, range after range, the rows that it was given in the order of streams, these before each. A range may
    be asked for again until one after it was."""

    def __init__(self, pieces: Iterable[Sequence[StoredRow]]) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed by whoever made it
        self._after = self._start = self._next = 0
        for rows in pieces:
            written = _encode(rows)
            self._file.write(len(written).to_bytes(_SIZE))
            self._file.write(written)

    def of_streams(self, after: int, upto: int) -> Iterator[Sequence[StoredRow]]:
        """The rows of streams after one number and up to another, without the number."""
        if after != self._after:
            self._after, self._start = after, self._next
        self._file.seek(self._start)
        while True:
            self._next = self._file.tell()
            size = self._file.read(_SIZE)
            if not size:
                return
            rows = _decode(self._file.read(int.from_bytes(size)))
            yield [row[1:] for row in rows if after < row[0] <= upto]
            if rows[-1][0] > upto:
                return

    def close(self) -> None:
        """Let go of the rows."""
        self._file.close()
