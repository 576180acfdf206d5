"""Alembic's entry: runs the migrations on the connection that etl.migrate hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="alembic_version",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
