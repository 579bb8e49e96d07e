"""What Alembic runs: the revisions of one database, in the transaction that :mod:`symbiosis.store.schema` has begun."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
