"""The shared database, asked from the event loop.  While it is away the gateway goes on as its settings say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, create_engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.records.nodes.tables import metadata

T = TypeVar("T")
_THREADS = 3  # the gate's transactions do not wait for a shipment, nor either for a sign of life
_MAKERS_LOCK = 350_182  # PostgreSQL's advisory lock of whoever makes the tables
_CONNECT_SECONDS, _STATEMENT_SECONDS = 3, 5


class SharedDatabase:
    """`ask` runs a function in a transaction of its own, in a thread.  Needs a running loop."""

    def __init__(self, url: str) -> None:
        """Does not connect yet.  Raises SettingsFault for a URL that cannot be read."""
        try:
            target = make_url(url)
            self._engine = create_engine(
                target, connect_args=_patience(target), hide_parameters=True, pool_size=_THREADS, pool_pre_ping=True
            )
        except (ArgumentError, NoSuchModuleError, ImportError) as exc:
            raise SettingsFault(f"nodes.url cannot be used ({exc}): write postgresql+psycopg://user@host/name") from exc
        if target.get_backend_name() == "sqlite":
            event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
            event.listen(self._engine, "connect", _leave_transactions_to_us)
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(_THREADS, "shared-database")
        self._ready = False

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """What `question` returns, its transaction committed.  Raises StateUnavailable if the database is away."""
        return await self._loop.run_in_executor(self._threads, self._answer, question)

    async def close(self) -> None:
        """Wait for the transactions at hand, and disconnect."""
        await self._loop.run_in_executor(None, self._threads.shutdown)
        self._engine.dispose()

    def _answer(self, question: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                if not self._ready:
                    _make_tables(connection)
                answer = question(connection)
        except SQLAlchemyError as exc:
            raise StateUnavailable(f"the shared database cannot be asked ({_reason(exc)}): see to it") from exc
        self._ready = True
        return answer


def _patience(target: URL) -> dict[str, Any]:
    """How long the driver may keep us waiting; the operator's own options stay."""
    if target.get_backend_name() != "postgresql":
        return {"timeout": _STATEMENT_SECONDS}
    options = target.query.get("options", "")
    own = options if isinstance(options, str) else " ".join(options)
    limit = f"-c statement_timeout={_STATEMENT_SECONDS * 1000}"
    return {"connect_timeout": _CONNECT_SECONDS, "options": f"{own} {limit}".strip()}


def _leave_transactions_to_us(connection: Any, _: object) -> None:
    connection.isolation_level = None


def _make_tables(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKERS_LOCK})
    metadata.create_all(connection)


def _reason(exc: SQLAlchemyError) -> str:
    """The first line of the driver's own words: they name no rows."""
    lines = str(getattr(exc, "orig", None) or exc).strip().splitlines()
    return lines[0] if lines else type(exc).__name__


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> set[Any]:
    """Insert those rows whose primary key is not there yet; the first key column of each that was."""
    if not rows:
        return set()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing().returning(next(iter(table.primary_key)))
    return set(connection.execute(statement.values(list(rows))).scalars())


def now_of(connection: Connection) -> float:
    """The database's own clock: nodes need not agree on the time."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())
    return float(connection.execute(text("SELECT (julianday('now') - 2440587.5) * 86400.0")).scalar_one())
