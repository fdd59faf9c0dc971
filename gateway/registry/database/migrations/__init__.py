"""Schema versions of the registry's database, applied by Alembic: one file under versions/ for each step."""
