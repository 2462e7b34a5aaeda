"""How the steps carry out their SQL."""

from alembic import op


def carry_out(sql: str) -> None:
    """Carry out statements, each of which ends with a semicolon at the end of a line, one after the other."""
    for statement in sql.split(";\n"):
        if statement.strip():
            op.execute(statement)
