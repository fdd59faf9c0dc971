"""Schema versions of the case book's database, applied by Alembic: one file under versions/ for each step."""
