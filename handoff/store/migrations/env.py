"""Alembic's entry: runs the versions on the connection that `handoff.store.migrate` gives."""

from alembic import context

from handoff.store.tables import metadata

# The caller's transaction holds the whole upgrade: it happens, or nothing of it does.
connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
