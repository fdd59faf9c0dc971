"""Opening the registry's database: SQLite by a path, any other by its SQLAlchemy URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from gateway.registry.faults import DatabaseFault, StoreFault
from gateway.sql_databases import Schema, engine_of, one_writer, reason_of

SCHEMA = Schema("gateway.registry.database", newest="0003")

_PAGE_CACHE_KIBIBYTES = 32_768
_WRITERS_LOCK = 350_181  # PostgreSQL's advisory lock that all writers of a registry share


def database_url(database: str) -> URL:
    """The URL for a path or URL given by the operator.  Raises DatabaseFault."""
    if "://" not in database:
        return URL.create("sqlite", database=database)
    try:
        return make_url(database)
    except ArgumentError as exc:
        raise DatabaseFault(
            "the database URL cannot be read: write dialect+driver://user@host/name, or a path"
        ) from exc


def open_store(database: str, *, create: bool = False) -> Engine:
    """An engine for a path or URL; `create` makes them, or brings them to this schema.

    Raises DatabaseFault if the database cannot be opened, or holds no registry.
    """
    url = database_url(database)
    if url.get_backend_name() == "sqlite":
        _require_file(Path(url.database or ""), create=create)
    try:
        store = engine_of(url, f"cache_size=-{_PAGE_CACHE_KIBIBYTES}")
        if create:
            with writing(store) as connection:
                SCHEMA.upgrade(connection)
        with store.connect() as connection:
            version = SCHEMA.version_of(connection)
    except NoSuchModuleError as exc:
        raise DatabaseFault(f"no driver for {url.drivername}: install it, or name another in the URL") from exc
    except SQLAlchemyError as exc:
        raise DatabaseFault(f"the database {url.render_as_string()} cannot be opened: {reason_of(exc)}") from exc
    if version != SCHEMA.newest:
        holds = f"a registry of version {version}" if version else "no registry"
        raise DatabaseFault(
            f"the database {url.render_as_string()} holds {holds}, and version {SCHEMA.newest} is needed: "
            "run `registry migrate`, after a backup"
        )
    return store


@contextmanager
def asking(store: Engine) -> Iterator[Connection]:
    """A connection to read from.  Raises StoreFault if the database fails while it is held."""
    try:
        with store.connect() as connection:
            yield connection
    except SQLAlchemyError as exc:
        raise StoreFault("the registry's database did not answer") from exc


def _require_file(path: Path, *, create: bool) -> None:
    """A new file is its owner's only: it holds keys."""
    try:
        if create:
            path.touch(mode=0o600)
    except OSError as exc:
        raise DatabaseFault(f"the database {path} cannot be made: {exc.strerror}") from exc
    if not path.is_file():
        raise DatabaseFault(f"there is no database {path}: make one with `registry make-samples` or `registry create`")


@contextmanager
def writing(store: Engine) -> Iterator[Connection]:
    """One transaction that reads and then writes, with no other writer beside it from its first statement on.

    Steps are rare and short, and one after the other they need no further care: what was read still holds when it is
    written, and the record's numbers appear in their order.  Readers are never held up.  Raises StoreFault.
    """
    try:
        with one_writer(store, _WRITERS_LOCK) as connection:
            yield connection
    except SQLAlchemyError as exc:
        raise StoreFault(f"the step was not recorded: {reason_of(exc)}") from exc
