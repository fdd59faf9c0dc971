"""A journal in a temporary folder, and ways to look into its file."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.records.journal.sqlite_journal import SqliteJournal

Look = Callable[..., list[tuple[Any, ...]]]


def never(failure: BaseException) -> None:
    raise AssertionError(f"the writer stopped: {failure!r}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest_asyncio.fixture
async def journal(path: Path) -> AsyncIterator[SqliteJournal]:
    opened = await SqliteJournal.opened(path, never)
    yield opened
    await opened.close()


@pytest.fixture
def look(path: Path) -> Look:
    def rows(statement: str, *values: object) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(path)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    return rows
