"""A transaction of a few statements on PostgreSQL that makes one journey: all is sent at once, by libpq's own hand."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, NamedTuple

from psycopg import OperationalError, generators
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from .deadline_connection import DeadlineConnection

_BINARY = 1


class Statement(NamedTuple):
    """A statement with its parameters ($1, …), as the server takes them in binary. By the name a server remembers it,
    for as long as the connection lasts."""

    name: bytes
    sql: bytes
    parameters: Sequence[bytes | None] = ()


def in_one_journey(connection: DeadlineConnection, statements: Sequence[Statement]) -> list[PGresult]:
    """Carry out statements as a transaction of their own, which commits if all succeed; their results, in binary.

    Each begins when the one before has ended, and sees what was committed by then. Raises the first `psycopg.Error`,
    and then nothing is committed, unless the connection broke. The driver's own pipeline does the same in three times
    the processor time.
    """
    try:
        return _tried(connection, statements)
    except InvalidSqlStatementName:
        # Behind a ROLLBACK the driver has the server forget all statements, not only its own; nothing was carried out.
        connection.remembered.clear()
        return _tried(connection, statements)


def _tried(connection: DeadlineConnection, statements: Sequence[Statement]) -> list[PGresult]:
    try:
        connection.pgconn.enter_pipeline_mode()
        # Behind a pooler the next transaction may have another session, which remembers nothing.
        sent = _sent(connection, statements, remembers=connection.prepare_threshold is not None)
        results = _carried_out(connection)
    except BaseException:
        if connection.pgconn.pipeline_status:  # whatever is under way on it, nobody waits for it any more
            connection.close()
        raise
    answered = list(zip(sent, results, strict=False))
    connection.remembered.update(name for name, result in answered if name and result.status == ExecStatus.COMMAND_OK)
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, connection.info.encoding)
    return [result for name, result in answered if name is None]


def _sent(connection: DeadlineConnection, statements: Iterable[Statement], *, remembers: bool) -> list[bytes | None]:
    """Send statements; for each answer that is to come the name that the server is to remember, None where it is a
    statement's own."""
    pgconn, known = connection.pgconn, connection.remembered
    sent: list[bytes | None] = []
    for name, sql, parameters in statements:
        formats = [_BINARY] * len(parameters)
        if not remembers:
            pgconn.send_query_params(sql, parameters, None, formats, _BINARY)
        else:
            if name not in known and name not in sent:
                # Not before those that come before it: to read a statement the server locks its tables, and waits for
                # them no longer than the first one has set.
                pgconn.send_prepare(name, sql)
                sent.append(name)
            pgconn.send_query_prepared(name, parameters, formats, _BINARY)
        sent.append(None)
    return sent


def _carried_out(connection: DeadlineConnection) -> list[PGresult]:
    pgconn = connection.pgconn
    pgconn.pipeline_sync()
    results: list[PGresult] = connection.wait(_journey(pgconn))
    if pgconn.status == ConnStatus.OK:
        pgconn.exit_pipeline_mode()
    return results


def _journey(pgconn: PGconn) -> Generator[Any, Any, list[PGresult]]:
    yield from generators.send(pgconn)
    results: list[PGresult] = []
    while True:
        found = yield from generators.fetch_many(pgconn)
        if not found and pgconn.status != ConnStatus.OK:
            raise OperationalError("the server closed the connection")
        if found and found[0].status == ExecStatus.PIPELINE_SYNC:
            return results
        results += found
