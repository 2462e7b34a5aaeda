"""The last positions of the log's partitions, as PostgreSQL is asked for them."""

from __future__ import annotations

from collections.abc import Iterable

_HEAD = "SELECT {0}::int, coalesce(max(position), 0) FROM footfall.log WHERE partition = {0}"


def heads_of(partitions: Iterable[int | str]) -> str:
    """The statement for the last positions of partitions, which are given by their numbers or by names of parameters.

    PostgreSQL plans a statement with parameters ten times before it keeps a plan, and this one takes the longer the
    more partitions there are; asked by one parameter for any number of them, it takes ten times as long. So there are
    two forms: for one partition, which a parameter names, and for all, without parameters.
    """
    return " UNION ALL ".join(map(_HEAD.format, partitions))
