"""Durations in ranges, so that a quantile of all sessions is found without passing by those that are shorter."""

from __future__ import annotations

_BITS = 6


def duration_range(duration: int) -> int:
    """The number of the range in which a duration (µs) lies: longer ones have higher numbers. A range is as wide as a
    thirty-second part of what it begins with at most; those below 64 µs hold one duration each."""
    shift = max(0, duration.bit_length() - _BITS)
    return (shift << _BITS) + (duration >> shift)


def first_of_range(number: int) -> int:
    """The shortest duration of a range."""
    shift, first = divmod(number, 1 << _BITS)
    return first << shift
