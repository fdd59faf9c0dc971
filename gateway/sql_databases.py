"""Databases of SQLAlchemy whose schema Alembic brings up to date: what registry and case book have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any

from sqlalchemy import Connection, Engine, column, create_engine, event, func, inspect, select, table
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

_BUSY_SECONDS = 10
# WAL: readers go on while something large is written; FULL: what was answered as done survives a power cut
_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


@dataclass(frozen=True, slots=True)
class Schema:
    """The steps of a schema: in the folder `migrations` of `package`, the last of them the revision `newest`.

    `version_table` is where a database says how far it has come.
    """

    package: str
    newest: str
    version_table: str = "alembic_version"

    def version_of(self, connection: Connection) -> str:
        """The revision of the schema in a database, "" if it holds none.  Raises SQLAlchemyError."""
        if not inspect(connection).has_table(self.version_table):
            return ""
        return connection.execute(select(column("version_num")).select_from(table(self.version_table))).scalar() or ""

    def upgrade(self, connection: Connection) -> None:
        """Take every step that is missing, in the caller's transaction."""
        # Alembic takes 8 MiB, which a process that only opens what is up to date does without.
        from alembic import command  # noqa: PLC0415  # as above
        from alembic.config import Config  # noqa: PLC0415  # as above

        config = Config()
        config.set_main_option("script_location", str(resources.files(self.package).joinpath("migrations")))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def engine_of(url: URL, *settings: str) -> Engine:
    """An engine that shows no parameters in its errors; SQLite with `settings` (PRAGMA NAME=VALUE) besides ours.

    Raises NoSuchModuleError.  Connects when it is first asked.
    """
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True)
    store = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)

    def tune(connection: Any, _record: Any) -> None:
        for setting in (*_SETTINGS, *settings):
            connection.execute(f"PRAGMA {setting}")

    event.listen(store, "connect", tune)
    return store


@contextmanager
def one_writer(store: Engine, lock: int) -> Iterator[Connection]:
    """One transaction with no other writer beside it from its first statement on; readers are never held up.

    `lock` is the number of PostgreSQL's advisory lock that all writers of this database share.  Raises SQLAlchemyError.
    """
    with store.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(select(func.pg_advisory_xact_lock(lock)))
        yield connection
        connection.commit()


def reason_of(exc: SQLAlchemyError) -> str:
    """What the database said, in one line, without the statement and its parameters."""
    return str(getattr(exc, "orig", None) or exc).splitlines()[0]
