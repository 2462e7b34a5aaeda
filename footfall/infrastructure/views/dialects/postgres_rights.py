"""What others may do with a view's table on PostgreSQL: taken over by the table that comes in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from .statements import Right

_TO = """
CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
|| CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
"""
# Whoever replaces a table may do so as a member of its owner, or as a superuser. The order is that of what needs what.
_RIGHTS = f"""
WITH t AS (SELECT *, oid::regclass::text AS name FROM pg_class WHERE oid = %s::regclass),
c AS (SELECT t.oid, t.name, t.relowner, a.* FROM t JOIN pg_attribute AS a ON a.attrelid = t.oid AND NOT attisdropped)
SELECT attname, statement FROM (
    SELECT 1 AS rank, NULL AS attname, 'ALTER TABLE ' || name || ' OWNER TO ' || pg_get_userbyid(relowner) AS statement
    FROM t WHERE pg_has_role(relowner, 'MEMBER') AND has_schema_privilege(relowner, relnamespace, 'CREATE')
    UNION ALL
    SELECT 2, NULL, 'GRANT ' || privilege_type || ' ON ' || name || ' TO ' || {_TO}
    FROM t, aclexplode(relacl) WHERE grantee <> relowner
    UNION ALL
    SELECT 2, attname, 'GRANT ' || privilege_type || ' (' || quote_ident(attname) || ') ON ' || name || ' TO ' || {_TO}
    FROM c, aclexplode(attacl) WHERE grantee <> relowner
    UNION ALL
    SELECT 3, NULL, 'ALTER TABLE ' || name || ' ENABLE ROW LEVEL SECURITY' FROM t WHERE relrowsecurity
    UNION ALL
    SELECT 3, NULL, 'ALTER TABLE ' || name || ' FORCE ROW LEVEL SECURITY' FROM t WHERE relforcerowsecurity
    UNION ALL
    SELECT 4, NULL, 'CREATE POLICY ' || quote_ident(policyname) || ' ON ' || name || ' AS ' || permissive
    || ' FOR ' || cmd || ' TO '
    || (SELECT string_agg(CASE r WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(r) END, ', ') FROM unnest(roles) AS r)
    || coalesce(' USING (' || qual || ')', '') || coalesce(' WITH CHECK (' || with_check || ')', '')
    FROM t JOIN pg_policies ON tablename = relname AND schemaname = relnamespace::regnamespace::text
    UNION ALL
    SELECT 5, NULL, 'COMMENT ON TABLE ' || name || ' IS ' || quote_literal(obj_description(oid, 'pg_class'))
    FROM t WHERE obj_description(oid, 'pg_class') IS NOT NULL
    UNION ALL
    SELECT 5, attname, 'COMMENT ON COLUMN ' || name || '.' || quote_ident(attname)
    || ' IS ' || quote_literal(col_description(oid, attnum))
    FROM c WHERE col_description(oid, attnum) IS NOT NULL
) AS statements ORDER BY rank
"""  # noqa: S608  # the one piece is ours
# A new table may have been given rights by default which the old one did not have.
_BY_DEFAULT = """
SELECT DISTINCT 'REVOKE ALL ON ' || oid::regclass || ' FROM '
|| CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
FROM pg_class, aclexplode(relacl) WHERE oid = %s::regclass AND grantee <> relowner
"""


def read(driver: psycopg.Connection[Any], table: str) -> list[Right] | None:
    """What was granted on a table to others, its policies, its comments and its owner; None where it is not there."""
    if driver.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,):
        return None
    return [Right(*row) for row in driver.execute(_RIGHTS, (table,))]


def give(driver: psycopg.Connection[Any], table: str, given: Sequence[Right]) -> None:
    """Give a table these rights, and no others."""
    revoked = [statement for (statement,) in driver.execute(_BY_DEFAULT, (table,))]
    for statement in (*revoked, *(right.statement for right in given)):
        driver.execute(statement)
