"""Reading beside the writer: one thread with a connection that cannot write."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from gateway.core.errors import StateUnavailable
from gateway.records.schema import open_for_reading

T = TypeVar("T")


class Reader:
    """Runs questions to the database one after the other, off the event loop.  Sees whatever was committed before."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._connection = open_for_reading(path)
        self._thread = ThreadPoolExecutor(1, "journal-reader")

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """The answer to `question`, which runs in the reader's thread.  Raises StateUnavailable if SQLite fails."""
        return await self._loop.run_in_executor(self._thread, self._answer, question)

    def _answer(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return question(self._connection)
        except sqlite3.Error as exc:
            raise StateUnavailable(f"the journal cannot be read ({exc}): see to its disk") from exc

    def close(self) -> None:
        """Wait for the question at hand, then close."""
        self._thread.shutdown()
        self._connection.close()
