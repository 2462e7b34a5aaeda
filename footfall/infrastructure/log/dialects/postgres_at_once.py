"""An append to the log on PostgreSQL that makes one journey."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct, pack

from psycopg.errors import InvalidTextRepresentation
from psycopg.pq.abc import PGresult

from ....application.ports.errors import CatalogueChanged
from ....application.ports.log import CATALOGUE_PARTITION
from ....application.running.throttle import Throttle
from ...database.dialects.deadline_connection import DeadlineConnection
from ...database.dialects.one_journey import Statement, in_one_journey
from ...database.naming import Naming
from .postgres_heads import heads_of
from .statements import DeadlineRow, LogRow

# Ascending order, so that two writers never wait for each other in a circle.
_LOCK = "SELECT pg_advisory_xact_lock($1, p) FROM (SELECT p FROM unnest($2::int[]) AS p ORDER BY p) AS ordered"
# Only an error keeps what follows from being committed; who reads the server's log learns what it is about.
_CATALOGUE = """
SELECT -1, CASE WHEN head = $1 THEN head ELSE ('the catalogue of Footfall is at ' || head || ' by now')::bigint END
FROM (SELECT coalesce(max(position), 0) AS head FROM footfall.log WHERE partition = -1) AS catalogue
UNION ALL
"""
_INSERT = """
INSERT INTO footfall.log (partition, stream, customer, version, topic, event_id, action, time, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING position
"""
_SAVE_DEADLINE = """
INSERT INTO footfall.due (partition, stream, customer, due_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (stream) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < due.due_at
"""
_INT4_OID = 23
_int2, _int4, _int8 = Struct("!h").pack, Struct("!i").pack, Struct("!q").pack
_HEADS = 2
"""The place of its result among those of all statements; those of the rows follow."""


class PostgresAtOnce:
    """Sends the locks, the guards and the rows together. That a customer's stream is where the writer thinks, and that
    no fact is stored already, the unique indexes of the log guard."""

    def __init__(
        self,
        lock_space: int,
        partitions: int,
        set_up: str,
        notify: str,
        notifying: Throttle,
        naming: Naming,
    ) -> None:
        self._lock_space = _int4(lock_space)
        self._heads_of_one = naming(_CATALOGUE + heads_of(["$2"])).encode()
        self._heads_of_all = naming(_CATALOGUE + heads_of(range(partitions))).encode()
        self._set_up = Statement(b"footfall_set_up", set_up.encode())
        self._notify, self._notifying = Statement(b"footfall_notify", notify.encode()), notifying
        self._insert, self._save_deadline = naming(_INSERT).encode(), naming(_SAVE_DEADLINE).encode()

    def write(
        self,
        driver: DeadlineConnection,
        partitions: Sequence[int],
        catalogue: int,
        rows: Sequence[LogRow],
        deadlines: Sequence[DeadlineRow],
    ) -> tuple[dict[int, int], int]:
        """Write rows and deadlines in a transaction of its own; returns the last positions of the partitions as it
        began, and that of the last row. Raises `CatalogueChanged` where the catalogue's last position is another."""
        statements = [self._set_up, self._lock(partitions), self._heads(partitions, catalogue)]
        statements += map(self._row, rows)
        statements += map(self._deadline, deadlines)
        try:
            with self._notifying.turn() as is_time:
                results = in_one_journey(driver, [*statements, self._notify] if is_time else statements)
        except InvalidTextRepresentation as moved:
            raise CatalogueChanged from moved
        heads = dict(_pairs(results[_HEADS]))
        reached = _number(results[_HEADS + len(rows)], 0, 0)
        return {partition: heads[partition] for partition in (CATALOGUE_PARTITION, *partitions)}, reached

    def _lock(self, partitions: Sequence[int]) -> Statement:
        count = len(partitions)
        array = pack("!iiIii", 1, 0, _INT4_OID, count, 1) + b"".join([pack("!ii", 4, one) for one in partitions])
        return Statement(b"footfall_lock", _LOCK.encode(), (self._lock_space, array))

    def _heads(self, partitions: Sequence[int], catalogue: int) -> Statement:
        if len(partitions) > 1:
            return Statement(b"footfall_heads", self._heads_of_all, (_int8(catalogue),))
        (partition,) = partitions
        return Statement(b"footfall_head", self._heads_of_one, (_int8(catalogue), _int4(partition)))

    def _row(self, row: LogRow) -> Statement:
        partition, stream, customer, version, topic, event_id, action, time, state = row
        return Statement(
            b"footfall_insert",
            self._insert,
            (
                _int2(partition),
                _int8(stream),
                customer,
                _int4(version),
                topic.encode(),
                event_id,
                None if action is None else action.encode(),
                None if time is None else _int8(time),
                state,
            ),
        )

    def _deadline(self, deadline: DeadlineRow) -> Statement:
        partition, stream, customer, moment = deadline
        parameters = (_int2(partition), _int8(stream), customer.bytes, _int8(moment))
        return Statement(b"footfall_deadline", self._save_deadline, parameters)


def _pairs(result: PGresult) -> Iterator[tuple[int, int]]:
    for row in range(result.ntuples):
        yield _number(result, row, 0), _number(result, row, 1)


def _number(result: PGresult, row: int, column: int) -> int:
    return int.from_bytes(result.get_value(row, column) or b"", signed=True)
