"""Opening the case book: SQLite by a path, any other database by its SQLAlchemy URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.sql_databases import Schema, engine_of, one_writer, reason_of

SCHEMA = Schema("gateway.insight", newest="0001", version_table="case_book_version")

_WRITERS_LOCK = 350_182  # PostgreSQL's advisory lock that all writers of a case book share


def open_book(database: str, *, create: bool = False) -> Engine:
    """An engine for a path or URL; `create` makes the book, or brings it to this schema.  Raises SettingsFault."""
    try:
        url = make_url(database) if "://" in database else URL.create("sqlite", database=database)
    except ArgumentError as exc:
        raise SettingsFault("the case book's URL cannot be read: write dialect+driver://user@host/name") from exc
    try:
        if url.get_backend_name() == "sqlite":
            _require_file(Path(url.database or ""), create=create)
        store = engine_of(url)
        if create:
            with writing(store) as connection:
                SCHEMA.upgrade(connection)
        with store.connect() as connection:
            version = SCHEMA.version_of(connection)
    except NoSuchModuleError as exc:
        raise SettingsFault(f"no driver for {url.drivername}: install it, or name another in the URL") from exc
    except SQLAlchemyError as exc:
        raise SettingsFault(f"the case book {url.render_as_string()} cannot be opened: {reason_of(exc)}") from exc
    if version != SCHEMA.newest:
        raise SettingsFault(
            f"the case book {url.render_as_string()} has version {version or 'none'}, {SCHEMA.newest} is needed: "
            "`cases create` makes or brings it there, after a backup"
        )
    return store


@contextmanager
def writing(store: Engine) -> Iterator[Connection]:
    """One transaction with no other writer beside it.  Raises StateUnavailable."""
    try:
        with one_writer(store, _WRITERS_LOCK) as connection:
            yield connection
    except SQLAlchemyError as exc:
        raise StateUnavailable(f"the case book did not take it: {reason_of(exc)}") from exc


@contextmanager
def reading(store: Engine) -> Iterator[Connection]:
    """A connection to read from.  Raises StateUnavailable."""
    try:
        with store.connect() as connection:
            yield connection
    except SQLAlchemyError as exc:
        raise StateUnavailable(f"the case book cannot be read: {reason_of(exc)}") from exc


def _require_file(path: Path, *, create: bool) -> None:
    try:
        if create:
            path.touch(mode=0o600)
    except OSError as exc:
        raise SettingsFault(f"the case book {path} cannot be made: {exc.strerror}") from exc
    if not path.is_file():
        raise SettingsFault(f"there is no case book {path}: `cases create` makes one")
