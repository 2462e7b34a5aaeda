"""Customers' states as bytes, which take a fraction of the memory of objects, and are unpacked when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from ...domain.customer import Customer
from ..running.bounded_cache import BoundedCache

_pack: Callable[[Customer], bytes] = msgspec.msgpack.Encoder(uuid_format="bytes").encode
_unpack: Callable[[bytes], Customer] = msgspec.msgpack.Decoder(Customer).decode

_BESIDE = 160
"""About so many bytes are taken beside the packed ones, by the objects that hold them."""


class PackedStates:
    """States by partition and by the integers of the customers' uuids, of at most `capacity` bytes together; the oldest
    go first. It is no use to several threads at once."""

    def __init__(self, capacity: int) -> None:
        self._capacity, self._size = capacity, 0
        self._partitions: dict[int, BoundedCache[int, bytes]] = {}

    def __contains__(self, place: tuple[int, int]) -> bool:
        partition, key = place
        return key in self._partitions.get(partition, ())

    def get(self, partition: int, key: int) -> Customer | None:
        """A state, which stays where it is."""
        packed = self._partitions[partition].get(key) if partition in self._partitions else None
        return None if packed is None else _unpack(packed)

    def put(self, partition: int, states: Iterable[tuple[int, Customer]]) -> None:
        """Pack states of customers of whom there is none here."""
        known = self._partitions.setdefault(partition, BoundedCache())
        for key, state in states:
            known[key] = packed = _pack(state)
            self._size += len(packed) + _BESIDE
        if self._size > self._capacity:
            for each in self._partitions.values():
                self._gone(each.take_older_half())
        if self._size > self._capacity:
            self._partitions, self._size = {}, 0

    def drop(self, partition: int, key: int) -> bool:
        """Let go of a state; tells whether it was here."""
        packed = self._partitions[partition].pop(key, None) if partition in self._partitions else None
        if packed is not None:
            self._size -= len(packed) + _BESIDE
        return packed is not None

    def forget(self, partition: int) -> None:
        """Let go of all states of a partition."""
        self._gone(self._partitions.pop(partition, BoundedCache()).items())

    def _gone(self, items: Iterable[tuple[int, bytes]]) -> None:
        self._size -= sum([len(packed) + _BESIDE for _, packed in items])
