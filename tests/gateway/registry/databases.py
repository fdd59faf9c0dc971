"""Where the registry's tests keep their databases: in files, or on a PostgreSQL server named by the environment."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

SERVER_VARIABLE = "ZHENMA_TEST_POSTGRESQL"


def new_database(folder: Path) -> str:
    """A path or URL under which nothing is yet."""
    server = os.environ.get(SERVER_VARIABLE)
    if server is None:
        return str(folder / "registry.db")
    name = f"test_{uuid.uuid4().hex}"
    maintenance = create_engine(server)
    with maintenance.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    maintenance.dispose()
    # A schema of its own is as good as a database of its own, and made in a fraction of the time.
    url = make_url(server).update_query_dict({"options": f"-csearch_path={name}"})
    return url.render_as_string(hide_password=False)
