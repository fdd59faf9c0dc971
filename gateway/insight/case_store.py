"""Opening the case book: SQLite by a path, any other database by its SQLAlchemy URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from gateway.core.errors import SettingsFault, StateUnavailable

_BUSY_SECONDS = 10
_WRITERS_LOCK = 350_182  # PostgreSQL's advisory lock that all writers of a case book share
_VERSION_TABLE = "case_book_version"


def open_book(database: str, *, create: bool = False) -> Engine:
    """An engine for a path or URL; `create` makes the book, or brings it to this schema.  Raises SettingsFault."""
    try:
        url = make_url(database) if "://" in database else URL.create("sqlite", database=database)
    except ArgumentError as exc:
        raise SettingsFault("the case book's URL cannot be read: write dialect+driver://user@host/name") from exc
    is_sqlite = url.get_backend_name() == "sqlite"
    try:
        if is_sqlite:
            _require_file(Path(url.database or ""), create=create)
        store = create_engine(url, connect_args={"timeout": _BUSY_SECONDS} if is_sqlite else {}, hide_parameters=True)
        if is_sqlite:
            event.listen(store, "connect", _tune)
        if create:
            with writing(store) as connection:
                _upgrade(connection)
        with store.connect() as connection:
            version = _context(connection).get_current_revision() or ""
    except NoSuchModuleError as exc:
        raise SettingsFault(f"no driver for {url.drivername}: install it, or name another in the URL") from exc
    except SQLAlchemyError as exc:
        raise SettingsFault(f"the case book {url.render_as_string()} cannot be opened: {_reason(exc)}") from exc
    if version != _newest():
        raise SettingsFault(
            f"the case book {url.render_as_string()} has version {version or 'none'}, {_newest()} is needed: "
            "`cases create` makes or brings it there, after a backup"
        )
    return store


@contextmanager
def writing(store: Engine) -> Iterator[Connection]:
    """One transaction with no other writer beside it.  Raises StateUnavailable."""
    try:
        with store.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(select(func.pg_advisory_xact_lock(_WRITERS_LOCK)))
            yield connection
            connection.commit()
    except SQLAlchemyError as exc:
        raise StateUnavailable(f"the case book did not take it: {_reason(exc)}") from exc


@contextmanager
def reading(store: Engine) -> Iterator[Connection]:
    """A connection to read from.  Raises StateUnavailable."""
    try:
        with store.connect() as connection:
            yield connection
    except SQLAlchemyError as exc:
        raise StateUnavailable(f"the case book cannot be read: {_reason(exc)}") from exc


def _require_file(path: Path, *, create: bool) -> None:
    try:
        if create:
            path.touch(mode=0o600)
    except OSError as exc:
        raise SettingsFault(f"the case book {path} cannot be made: {exc.strerror}") from exc
    if not path.is_file():
        raise SettingsFault(f"there is no case book {path}: `cases create` makes one")


def _tune(connection: Any, _record: Any) -> None:
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("gateway.insight").joinpath("migrations")))
    return config


@cache
def _newest() -> str:
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": _VERSION_TABLE})


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _reason(exc: SQLAlchemyError) -> str:
    return str(getattr(exc, "orig", None) or exc).splitlines()[0]
