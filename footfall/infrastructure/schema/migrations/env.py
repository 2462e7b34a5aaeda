"""Alembic's entry: runs the steps on the connection, and with the version table, that `prepare` hands over."""

from alembic import context

context.configure(transactional_ddl=False, **context.config.attributes["version_table"])
context.run_migrations()
