"""Run by Alembic: applies the steps on the connection that gateway.sql_databases hands over."""

from __future__ import annotations

from alembic import context

from gateway.insight.case_schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="case_book_version",  # beside another book's in one PostgreSQL database
)
with context.begin_transaction():
    context.run_migrations()
